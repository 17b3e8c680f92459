/** The worker process, created when first needed; jobs that the user waits for come before those that run on the side. */
import * as vscode from "vscode";
import type { TrainingCommand } from "../protocol/training";
import type { JobKind, Jobs } from "../protocol/worker";
import type { JobOptions, WorkerClient } from "../worker/client";

export class LazyWorker implements vscode.Disposable {
  private client: Promise<WorkerClient> | undefined;
  private disposed = false;
  /** Aborts the job that runs on the side, which then queues again. */
  private sideJob: AbortController | undefined;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Forks the process ahead of need. */
  async warm(): Promise<void> {
    (await this.get()).warm();
  }

  /** Carries out a job that the user waits for. @throws BitwrightError as `WorkerClient.run` */
  async run<Kind extends JobKind>(
    kind: Kind,
    request: Jobs[Kind]["request"],
    options: JobOptions = {},
  ): Promise<Jobs[Kind]["result"]> {
    const client = await this.get();
    this.sideJob?.abort();
    return client.run(kind, request, options);
  }

  /**
   * Carries out a job that gives way to those of `run`: it is ended and begins again after them. One at a time.
   * @throws BitwrightError as `run`
   */
  async runOnTheSide<Kind extends JobKind>(
    kind: Kind,
    request: Jobs[Kind]["request"],
    options: JobOptions & { readonly signal: AbortSignal },
  ): Promise<Jobs[Kind]["result"]> {
    const client = await this.get();
    for (;;) {
      const attempt = new AbortController();
      this.sideJob = attempt;
      try {
        return await client.run(kind, request, {
          ...options,
          signal: AbortSignal.any([options.signal, attempt.signal]),
        });
      } catch (thrown) {
        if (!attempt.signal.aborted || options.signal.aborted || this.disposed) throw thrown;
      } finally {
        if (this.sideJob === attempt) this.sideJob = undefined;
      }
    }
  }

  /** Says something to the training run that is under way. */
  async tell(command: TrainingCommand): Promise<void> {
    (await this.client)?.tell(command);
  }

  dispose(): void {
    this.disposed = true;
    void this.client?.then((client) => {
      client.dispose();
    });
  }

  private get(): Promise<WorkerClient> {
    this.client ??= this.create();
    return this.client;
  }

  private async create(): Promise<WorkerClient> {
    const { WorkerClient } = await import("../worker/client");
    const client = new WorkerClient({
      workerPath: vscode.Uri.joinPath(this.extensionUri, "dist", "worker.js").fsPath,
      log: (line) => {
        this.log.info(line);
      },
    });
    if (this.disposed) client.dispose();
    return client;
  }
}
