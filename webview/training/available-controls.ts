/** What can be done in a phase of training. Knows nothing of the page. */
import type { TrainingAction, TrainingView } from "../../src/protocol/training-page";

export interface Control {
  readonly action: TrainingAction;
  readonly text: string;
  readonly isPrimary?: boolean;
}

/** What can be done now, the most usual first. */
export function controlsOf({ phase, canResume }: Pick<TrainingView, "phase" | "canResume">): Control[] {
  const keep: Control = { action: "keep", text: "Stop and Keep Best" };
  const discard: Control = { action: "discard", text: "Discard…" };
  const again: Control = { action: "train-again", text: "Train Again…" };
  switch (phase) {
    case "preparing":
    case "stopping":
    case "finishing":
      return [{ action: "discard", text: phase === "preparing" ? "Cancel" : "Discard…" }];
    case "running":
      return [{ action: "pause", text: "Pause", isPrimary: true }, keep, discard];
    case "paused":
      return [{ action: "resume", text: "Resume", isPrimary: true }, keep, discard];
    case "done":
      return [
        { action: "generate", text: "Generate C", isPrimary: true },
        { action: "open-report", text: "Open Report" },
        { action: "open-model", text: "Open Model" },
        again,
      ];
    case "failed":
    case "interrupted":
      return canResume
        ? [{ action: "resume-checkpoint", text: "Resume from Checkpoint", isPrimary: true }, again, discard]
        : [{ ...again, isPrimary: true }];
  }
}
