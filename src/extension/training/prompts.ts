/** What a person is asked about a run, beside its panel. */
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";
import { notificationText } from "../notification-text";

/** Whether what was trained so far is to be lost. */
export async function confirmDiscard(): Promise<boolean> {
  const discard = vscode.l10n.t("Discard");
  const question = vscode.l10n.t("Discard what was trained?");
  const detail = vscode.l10n.t("Nothing is written, and the run cannot be resumed.");
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, discard)) === discard;
}

/** After the panel of a run that goes on was closed. */
export async function askAfterClosing(): Promise<"show" | "keep" | "discard" | undefined> {
  const show = vscode.l10n.t("Show");
  const keep = vscode.l10n.t("Stop and Keep Best");
  const discard = vscode.l10n.t("Discard…");
  const message = vscode.l10n.t("Training goes on in the background. The status bar shows how far it is.");
  const answer = await vscode.window.showInformationMessage(message, show, keep, discard);
  if (answer === show) return "show";
  if (answer === keep) return "keep";
  return answer === discard ? "discard" : undefined;
}

/** About a run that ended with its window. */
export async function offerResume(model: string): Promise<"resume" | "show" | "discard" | undefined> {
  const resume = vscode.l10n.t("Resume");
  const show = vscode.l10n.t("Show");
  const discard = vscode.l10n.t("Discard…");
  const message = notificationText(vscode.l10n.t("Training of {0} was interrupted.", shownName(model)));
  const answer = await vscode.window.showInformationMessage(message, resume, show, discard);
  if (answer === resume) return "resume";
  if (answer === show) return "show";
  return answer === discard ? "discard" : undefined;
}

/** Before another run takes the place of one that could be resumed. */
export async function askToTrainAnew(): Promise<"resume" | "anew" | undefined> {
  const resume = vscode.l10n.t("Resume It");
  const anew = vscode.l10n.t("Train Anew");
  const question = vscode.l10n.t("An interrupted run can be resumed.");
  const detail = vscode.l10n.t("Training anew takes its place, and what it learned is lost.");
  const answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, resume, anew);
  if (answer === resume) return "resume";
  return answer === anew ? "anew" : undefined;
}

/** One run at a time. */
export function sayBusy(): void {
  void vscode.window.showInformationMessage(
    vscode.l10n.t("A model is being trained already. Wait for it, or stop it, before you train another one."),
  );
}
