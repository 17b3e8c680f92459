/** The item in the status bar that says how far training is, and shows its panel. */
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";
import type { TrainingPhase } from "../../protocol/training-page";
import { Disposable } from "../disposable";
import type { CommandId } from "../identifiers";

const OPEN_TRAINING: CommandId = "bitwright.openTraining";

export class TrainingStatusItem extends Disposable {
  private readonly item = this.own(
    vscode.window.createStatusBarItem("bitwright.training", vscode.StatusBarAlignment.Left),
  );

  constructor() {
    super();
    this.item.name = vscode.l10n.t("Bitwright Training");
    this.item.command = { command: OPEN_TRAINING, title: vscode.l10n.t("Show Training") };
  }

  /** @param share of the steps that is done, 0 to 1 */
  show(model: string, phase: TrainingPhase, share: number): void {
    const icon = phase === "paused" ? "debug-pause" : "sync~spin";
    const state = phase === "running" ? `${Math.floor(100 * share)} %` : phaseText(phase);
    this.item.text = `$(${icon}) ${vscode.l10n.t("Training: {0}", state)}`;
    this.item.tooltip = vscode.l10n.t("Training {0}. Click to show.", shownName(model));
    this.item.accessibilityInformation = {
      label: vscode.l10n.t("Bitwright training of {0}: {1}. Show.", shownName(model), state),
    };
    this.item.show();
  }

  hide(): void {
    this.item.hide();
  }
}

function phaseText(phase: TrainingPhase): string {
  switch (phase) {
    case "preparing":
      return vscode.l10n.t("preparing");
    case "running":
      return vscode.l10n.t("running");
    case "paused":
      return vscode.l10n.t("paused");
    case "stopping":
    case "finishing":
      return vscode.l10n.t("finishing");
    case "done":
      return vscode.l10n.t("done");
    case "failed":
      return vscode.l10n.t("failed");
    case "interrupted":
      return vscode.l10n.t("interrupted");
  }
}
