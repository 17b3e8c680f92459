/** How the end of a training run is told. */
import { basename } from "node:path";
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";
import type { TrainingScore } from "../../protocol/training";
import type { TrainingAction } from "../../protocol/training-page";
import type { Trained } from "../../protocol/worker";
import { notificationText } from "../notification-text";
import { localNumber } from "../numbers";
import type { Plan } from "./plan";

/**
 * Says what training gained, and offers what usually follows.
 * @param isShown the panel offers more than that
 */
export async function announceResult(
  plan: Plan,
  { report, model }: Trained,
  isShown: boolean,
): Promise<TrainingAction | undefined> {
  const name = shownName(basename(plan.request.modelPath));
  const path = vscode.workspace.asRelativePath(model);
  const { before, deployed } = report;
  const message = vscode.l10n.t(
    "Trained {0}: {1} → {2}. Wrote {3}.",
    name,
    scoreText(before),
    scoreText(deployed),
    path,
  );
  const generate = vscode.l10n.t("Generate C");
  const openReport = vscode.l10n.t("Open Report");
  const openModel = vscode.l10n.t("Open Model");
  const offers = [generate, openReport, ...(isShown ? [] : [openModel])];
  const answer = await vscode.window.showInformationMessage(notificationText(message), ...offers);
  if (answer === generate) return "generate";
  if (answer === openReport) return "open-report";
  return answer === openModel ? "open-model" : undefined;
}

function scoreText({ loss, accuracy }: TrainingScore): string {
  return accuracy === null
    ? vscode.l10n.t("loss {0}", localNumber(loss.toPrecision(3)))
    : vscode.l10n.t("accuracy {0} %", localNumber((100 * accuracy).toFixed(1)));
}
