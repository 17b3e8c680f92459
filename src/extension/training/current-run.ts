/** The run of this window, or what is left of one before: at most one. */
import type * as vscode from "vscode";
import type { TrainingView } from "../../protocol/training-page";
import type { Plan } from "./plan";
import type { TrainingRun } from "./run";
import type { StoredRun } from "./store";
import { viewOf } from "./view";

export class CurrentRun {
  /** Its checkpoint is on disk. */
  hasCheckpoint = false;
  private training: { readonly plan: Plan; readonly run: TrainingRun } | undefined;
  /** What was found on disk, until another run begins. */
  private interrupted: StoredRun | undefined;

  /** Of this window; it may be over. */
  get run(): TrainingRun | undefined {
    return this.training?.run;
  }

  get plan(): Plan | undefined {
    return this.training?.plan ?? this.interrupted?.plan;
  }

  /** The window before ended while it was under way. */
  get isInterrupted(): boolean {
    return this.interrupted !== undefined;
  }

  /** What a run from the checkpoint goes on with; undefined while it is under way. */
  get resumable(): StoredRun | undefined {
    if (this.training === undefined) return this.interrupted;
    const { plan, run } = this.training;
    return run.isActive ? undefined : { plan, history: run.history };
  }

  begin(plan: Plan, run: TrainingRun): void {
    this.training = { plan, run };
    this.interrupted = undefined;
  }

  /** Takes in a run that was found on disk. */
  find(stored: StoredRun): void {
    this.interrupted = stored;
    this.hasCheckpoint = true;
  }

  clear(): void {
    this.training = undefined;
    this.interrupted = undefined;
    this.hasCheckpoint = false;
  }

  /** All that the page shows; undefined where there is no run. */
  view({ isTrusted }: Pick<typeof vscode.workspace, "isTrusted">): TrainingView | undefined {
    const { plan, run, interrupted, hasCheckpoint } = this;
    return plan && viewOf(plan, run, interrupted?.history, { hasCheckpoint, isTrusted });
  }
}
