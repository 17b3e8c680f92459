/** Keeps a record of the run on disk while it goes. */
import type { Plan } from "./plan";
import type { TrainingRun } from "./run";
import type { TrainingStore } from "./store";

/** Milliseconds between records. */
const INTERVAL = 2000;

export class RunRecorder {
  private recordedAt = 0;

  constructor(private readonly store: TrainingStore) {}

  /** Writes how far the run is, unless that was written just now. */
  record(plan: Plan, run: TrainingRun): void {
    const now = performance.now();
    if (now - this.recordedAt < INTERVAL) return;
    this.recordedAt = now;
    const { start, steps, evaluations, layers } = run.history;
    void this.store.save({ plan, history: { start, steps, evaluations, layers } });
  }
}
