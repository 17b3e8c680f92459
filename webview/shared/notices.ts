/** What a page shows when it has no report to show. */
import * as l10n from "@vscode/l10n";
import { element } from "./dom";
import { countText, percentText } from "./format";
import { progressRing } from "./toolkit";

/** Stands over a list of notes. */
export function notesHeading(count: number): string {
  return count === 1 ? l10n.t("1 note") : l10n.t("{0} notes", countText(count));
}

/** Shows how far the work is; called again, it only changes the text, so that a screen reader is not told everything anew. */
export function showProgress(root: HTMLElement, step: string, share: number): void {
  const known = root.querySelector(".notice.progress .step");
  const text = step === "" ? l10n.t("Reading the model…") : `${step} · ${percentText(share)}`;
  if (known !== null) {
    known.textContent = text;
    return;
  }
  const status = element("p", { class: "step", text, attributes: { role: "status" } });
  root.replaceChildren(element("div", { class: "notice progress" }, progressRing(), status));
}

export function showFailure(root: HTMLElement, code: string, message: string): void {
  const alert = element(
    "div",
    { class: "notice failure", attributes: { role: "alert" } },
    element("h1", { text: l10n.t("This model cannot be shown") }),
    element("p", { text: message }),
    element("p", { class: "code", text: l10n.t("Error code: {0}", code) }),
  );
  root.replaceChildren(alert);
}

export function showEmpty(root: HTMLElement, title: string, text: string, action: HTMLElement): void {
  const notice = element("div", { class: "notice" }, element("h1", { text: title }), element("p", { text }), action);
  root.replaceChildren(notice);
}
