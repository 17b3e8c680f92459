/** One training run: what it is told, what it tells, and how it ends. Knows nothing of VS Code. */
import { BitwrightError } from "../../protocol/errors";
import type { TrainingCommand, TrainingEvent } from "../../protocol/training";
import type { TrainingHistory, TrainingPhase } from "../../protocol/training-page";
import type { Jobs, Trained } from "../../protocol/worker";
import type { JobOptions } from "../../worker/client";
import { RunHistory } from "./history";

/** A worker of its own: whatever else is asked for in the meantime does not wait for training. */
export interface TrainingWorker {
  run(kind: "train", request: Jobs["train"]["request"], options: JobOptions): Promise<Trained>;
  tell(command: TrainingCommand): void;
  /** Ends the process, and what it does is rejected as cancelled. */
  dispose(): void;
}

export interface RunListener {
  /** Other than a step or a histogram: phase, evaluations, layers, the end. */
  changed(run: TrainingRun): void;
  stepped(run: TrainingRun): void;
  drawn(run: TrainingRun): void;
}

const ACTIVE = new Set<TrainingPhase>(["preparing", "running", "paused", "stopping", "finishing"]);

export class TrainingRun {
  readonly history: RunHistory;
  phase: TrainingPhase = "preparing";
  trained: Trained | null = null;
  failure: BitwrightError | null = null;
  /** Index of the layer whose weights are looked at. */
  layer = 0;

  /** @param known the history of the run that it goes on with */
  constructor(
    private readonly worker: TrainingWorker,
    private readonly listener: RunListener,
    known?: TrainingHistory,
  ) {
    this.history = new RunHistory(known);
  }

  get isActive(): boolean {
    return ACTIVE.has(this.phase);
  }

  /** @returns undefined where it was discarded, or failed, which is kept in `failure` */
  async start(request: Jobs["train"]["request"]): Promise<Trained | undefined> {
    try {
      this.trained = await this.worker.run("train", request, {
        training: (event) => {
          this.take(event);
        },
      });
      this.enter("done");
      return this.trained;
    } catch (thrown) {
      this.failure = BitwrightError.from(thrown);
      this.enter(this.failure.code === "cancelled" ? "interrupted" : "failed");
      return undefined;
    } finally {
      this.worker.dispose();
    }
  }

  pause(): void {
    if (this.phase === "running") this.worker.tell({ kind: "pause" });
  }

  resume(): void {
    if (this.phase === "paused") this.worker.tell({ kind: "resume" });
  }

  /** Ends it; what was best is written. */
  keep(): void {
    if (this.phase !== "running" && this.phase !== "paused") return;
    this.worker.tell({ kind: "keep" });
    this.enter("stopping");
  }

  /** Ends the process at once; nothing is written. */
  end(): void {
    this.worker.dispose();
  }

  select(layer: number): void {
    if (this.history.layers.at(layer) === undefined) return;
    this.layer = layer;
    this.history.histogram = null;
    this.listener.changed(this);
    this.draw();
  }

  /** Asks how the weights of the selected layer lie now. */
  draw(): void {
    const layer = this.history.layers.at(this.layer)?.name;
    if (layer === undefined || (this.phase !== "running" && this.phase !== "paused")) return;
    this.worker.tell({ kind: "histogram", layer });
  }

  private take(event: TrainingEvent): void {
    const { history } = this;
    switch (event.kind) {
      case "start":
        history.begin(event);
        this.enter("running");
        return;
      case "step":
        history.addStep(event);
        this.listener.stepped(this);
        if (event.step === event.steps && this.phase === "running") this.enter("finishing");
        return;
      case "evaluation":
        history.addEvaluation(event);
        this.listener.changed(this);
        return;
      case "histogram":
        if (event.layer !== history.layers.at(this.layer)?.name) return;
        history.histogram = event;
        this.listener.drawn(this);
        return;
      case "state":
        if (event.state !== "stopping" || this.phase !== "stopping") this.enter(event.state);
        return;
    }
  }

  private enter(phase: TrainingPhase): void {
    this.phase = phase;
    this.listener.changed(this);
  }
}
