/** Ctrl+C while a model is trained. */
import { BitwrightError } from "../protocol/errors";
import type { TrainingCommand, TrainingEvent } from "../protocol/training";

/**
 * Between the first and the last step, Ctrl+C asks the run to stop, which leaves a checkpoint. At all other times, and the
 * second time, it ends the process as usual.
 */
export class Interruption {
  private isStepping = false;
  private isAsked = false;

  private readonly ask = (): void => {
    if (this.isStepping) this.isAsked = true;
    else process.kill(process.pid, "SIGINT");
  };

  constructor() {
    process.once("SIGINT", this.ask);
  }

  /** Takes note of how far the run is. */
  follow(event: TrainingEvent): void {
    if (event.kind === "start" || event.kind === "step") this.isStepping = event.step < event.steps;
  }

  /** What the run is told next. */
  command(): Promise<TrainingCommand | undefined> {
    return Promise.resolve(this.isAsked ? { kind: "stop" } : undefined);
  }

  /**
   * The failure of a run, in the words of who typed Ctrl+C where that was the reason.
   * @param hasCheckpoint the run can be resumed
   */
  explained(thrown: unknown, hasCheckpoint: boolean): unknown {
    const error = BitwrightError.from(thrown);
    if (!this.isAsked || error.code !== "cancelled") return thrown;
    return new BitwrightError(
      "cancelled",
      "training was stopped, and no model was written",
      hasCheckpoint
        ? "The same command with --resume goes on from the checkpoint"
        : "With --checkpoint FILE, a stopped run can be resumed",
      error.place,
    );
  }

  /** Ctrl+C is as usual again. */
  end(): void {
    process.removeListener("SIGINT", this.ask);
  }
}
