/** The worker process, created when first needed. */
import * as vscode from "vscode";
import type { WorkerClient } from "../worker/client";

export class LazyWorker implements vscode.Disposable {
  private client: Promise<WorkerClient> | undefined;
  private disposed = false;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  get(): Promise<WorkerClient> {
    this.client ??= this.create();
    return this.client;
  }

  /** Forks the process ahead of need. */
  async warm(): Promise<void> {
    (await this.get()).warm();
  }

  dispose(): void {
    this.disposed = true;
    void this.client?.then((client) => {
      client.dispose();
    });
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

/** An abort signal that follows a cancellation token. */
export function abortSignalOf(token: vscode.CancellationToken): { signal: AbortSignal; listening: vscode.Disposable } {
  const controller = new AbortController();
  const listening = token.onCancellationRequested(() => {
    controller.abort();
  });
  if (token.isCancellationRequested) controller.abort();
  return { signal: controller.signal, listening };
}
