/** What can be done in a phase of training. Knows nothing of the page. */
import * as l10n from "@vscode/l10n";
import type { TrainingAction, TrainingView } from "../../src/protocol/training-page";

export interface Control {
  readonly action: TrainingAction;
  readonly text: string;
  readonly isPrimary?: boolean;
}

/** What can be done now, the most usual first. */
export function controlsOf({ phase, canResume }: Pick<TrainingView, "phase" | "canResume">): Control[] {
  const keep: Control = { action: "keep", text: l10n.t("Stop and Keep Best") };
  const discard: Control = { action: "discard", text: l10n.t("Discard…") };
  const again: Control = { action: "train-again", text: l10n.t("Train Again…") };
  switch (phase) {
    case "preparing":
    case "stopping":
    case "finishing":
      return [{ action: "discard", text: phase === "preparing" ? l10n.t("Cancel") : l10n.t("Discard…") }];
    case "running":
      return [{ action: "pause", text: l10n.t("Pause"), isPrimary: true }, keep, discard];
    case "paused":
      return [{ action: "resume", text: l10n.t("Resume"), isPrimary: true }, keep, discard];
    case "done":
      return [
        { action: "generate", text: l10n.t("Generate C"), isPrimary: true },
        { action: "open-report", text: l10n.t("Open Report") },
        { action: "open-model", text: l10n.t("Open Model") },
        again,
      ];
    case "failed":
    case "interrupted":
      return canResume
        ? [{ action: "resume-checkpoint", text: l10n.t("Resume from Checkpoint"), isPrimary: true }, again, discard]
        : [{ ...again, isPrimary: true }];
  }
}
