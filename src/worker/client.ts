/**
 * The extension's side of the worker process. One process is kept warm; jobs queue for it. Cancelling a running job kills the
 * process, because a run of ONNX Runtime cannot be interrupted; the next job starts a new one.
 */
import { fork, type ChildProcess } from "node:child_process";
import { BitwrightError } from "../protocol/errors";
import type { TrainingCommand, TrainingEvent } from "../protocol/training";
import type { JobKind, Jobs, ResultMessage, WorkerCommand, WorkerMessage, WorkerRequest } from "../protocol/worker";

export interface WorkerClientOptions {
  /** The worker's bundle. */
  readonly workerPath: string;
  /** Takes what the process prints, and a line for every start and end. */
  log(line: string): void;
}

export interface JobOptions {
  readonly signal?: AbortSignal | undefined;
  /** The step's name, and the share done from 0 to 1. */
  readonly progress?: ((step: string, share: number) => void) | undefined;
  /** What a training run tells. */
  readonly training?: ((event: TrainingEvent) => void) | undefined;
}

interface Job {
  readonly request: WorkerRequest;
  readonly options: JobOptions;
  readonly receive: (message: ResultMessage) => void;
  readonly reject: (error: BitwrightError) => void;
  /** Listens to the signal. */
  readonly abort: () => void;
}

/** Runs jobs in a forked process. All failures reject with a BitwrightError; an abort with code `cancelled`. */
export class WorkerClient {
  private child: ChildProcess | undefined;
  private running: Job | undefined;
  private readonly queue: Job[] = [];
  private nextId = 1;
  private disposed = false;
  /** Whether a process that ends by itself is replaced ahead of need: once a job, lest one that cannot live is started forever. */
  private mayRewarm = true;

  constructor(private readonly options: WorkerClientOptions) {}

  /** Starts the process ahead of need. */
  warm(): void {
    if (!this.disposed) this.child ??= this.start();
  }

  /** Process number of the running worker, if there is one. */
  get processId(): number | undefined {
    return this.child?.pid;
  }

  /** Ends the process and rejects what is under way. */
  dispose(): void {
    this.disposed = true;
    for (const job of this.queue.splice(0)) settle(job, () => job.reject(cancelled()));
    this.stop(cancelled());
  }

  /**
   * Carries out one job in the worker process.
   * @throws BitwrightError what the job throws; cancelled; worker-crashed
   */
  run<Kind extends JobKind>(
    kind: Kind,
    request: Jobs[Kind]["request"],
    options: JobOptions = {},
  ): Promise<Jobs[Kind]["result"]> {
    return new Promise((resolve, reject) => {
      if (this.disposed || options.signal?.aborted === true) {
        reject(cancelled());
        return;
      }
      const receive = (message: ResultMessage): void => {
        if (isResultOf(message, kind)) resolve(message.result);
        else reject(unexpectedAnswer());
      };
      const abort = (): void => {
        this.abort(job);
      };
      const job: Job = { request: { kind, request, id: this.nextId++ }, options, receive, reject, abort };
      options.signal?.addEventListener("abort", abort);
      this.queue.push(job);
      this.startNext();
    });
  }

  /** Says something to the training run that is under way; to any other job it means nothing. */
  tell(command: TrainingCommand): void {
    if (this.running === undefined) return;
    const message: WorkerCommand = { kind: "command", id: this.running.request.id, command };
    this.child?.send(message);
  }

  private startNext(): void {
    if (this.running !== undefined) return;
    this.running = this.queue.shift();
    if (this.running === undefined) return;
    this.child ??= this.start();
    this.mayRewarm = true;
    this.child.send(this.running.request, (error) => {
      if (error !== null) this.options.log(`A request could not be sent: ${error.message}`);
    });
  }

  private abort(job: Job): void {
    if (job === this.running) {
      this.stop(cancelled());
      this.startNext();
      this.warm();
      return;
    }
    const at = this.queue.indexOf(job);
    if (at >= 0) {
      this.queue.splice(at, 1);
      settle(job, () => job.reject(cancelled()));
    }
  }

  /** Kills the process; the running job, if any, is rejected with `reason`. */
  private stop(reason: BitwrightError): void {
    const child = this.child;
    this.child = undefined;
    child?.removeAllListeners();
    child?.on("error", () => undefined); // an ending process may still report a closed channel
    child?.kill("SIGKILL");
    this.finish((job) => job.reject(reason));
  }

  private finish(answer: (job: Job) => void): void {
    const job = this.running;
    this.running = undefined;
    if (job !== undefined) settle(job, answer);
  }

  private start(): ChildProcess {
    const child = fork(this.options.workerPath, [], {
      execArgv: [],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
      silent: true,
    });
    this.options.log(`Worker process ${child.pid ?? "?"} started`);
    const log = (chunk: unknown): void => this.options.log(String(chunk).trimEnd());
    child.stdout?.on("data", log);
    child.stderr?.on("data", log);
    child.on("message", (message: WorkerMessage) => this.receive(message));
    child.on("error", (error) => this.crashed(child, error.message));
    child.on("exit", (code, signal) => this.crashed(child, signal ?? `exit code ${code ?? "unknown"}`));
    return child;
  }

  private receive(message: WorkerMessage): void {
    if (message.kind === "ready" || message.id !== this.running?.request.id) return;
    switch (message.kind) {
      case "progress":
        this.running.options.progress?.(message.step, message.share);
        return;
      case "training":
        this.running.options.training?.(message.event);
        return;
      case "result":
        this.finish((job) => job.receive(message));
        break;
      case "error":
        this.finish((job) => job.reject(BitwrightError.fromJSON(message.error)));
        break;
    }
    this.startNext();
  }

  private crashed(child: ChildProcess, how: string): void {
    if (child !== this.child) return;
    this.options.log(`Worker process ${child.pid ?? "?"} ended: ${how}`);
    this.child = undefined;
    this.finish((job) => {
      job.reject(
        new BitwrightError(
          "worker-crashed",
          `the worker process ended unexpectedly (${how})`,
          "Nothing was written half; try again, and report the model if it happens again",
        ),
      );
    });
    this.startNext();
    if (!this.mayRewarm) return;
    this.mayRewarm = false;
    this.warm();
  }
}

/** A signal may outlive many jobs: one that has its answer no longer listens to it. */
function settle(job: Job, answer: (job: Job) => void): void {
  job.options.signal?.removeEventListener("abort", job.abort);
  answer(job);
}

function cancelled(): BitwrightError {
  return new BitwrightError("cancelled", "the run was cancelled", "");
}

function isResultOf<Kind extends JobKind>(message: ResultMessage, kind: Kind): message is ResultMessage<Kind> {
  return message.job === kind;
}

function unexpectedAnswer(): BitwrightError {
  return new BitwrightError("internal", "the worker answered another request", "Reload the window");
}
