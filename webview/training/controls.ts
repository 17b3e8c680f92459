/** The buttons that go with a phase of training: what can be done changes, the row stays. */
import * as l10n from "@vscode/l10n";
import type { TrainingAction, TrainingView } from "../../src/protocol/training-page";
import { controlsOf } from "./available-controls";
import { element } from "../shared/dom";
import { button } from "../shared/toolkit";

const UNTRUSTED = l10n.t("Training runs the model and writes files, and needs a trusted workspace.");

/** A row of buttons that changes only where what can be done does, and keeps the focus on its place. */
export class Controls {
  readonly element = element("div", {
    class: "actions",
    attributes: { role: "group", "aria-label": l10n.t("Training") },
  });
  private shown = "";

  constructor(private readonly act: (action: TrainingAction) => void) {}

  show(view: TrainingView): void {
    const controls = controlsOf(view);
    const key = JSON.stringify([controls, view.isTrusted]);
    if (key === this.shown) return;
    this.shown = key;
    const hadFocus = this.element.contains(document.activeElement);
    this.element.replaceChildren(
      ...controls.map(({ action, text, isPrimary }) =>
        button(
          {
            text,
            appearance: isPrimary === true ? "primary" : "secondary",
            ...(view.isTrusted ? {} : { disabledBecause: UNTRUSTED }),
          },
          () => {
            this.act(action);
          },
        ),
      ),
    );
    const first = this.element.firstElementChild;
    if (hadFocus && first instanceof HTMLElement) first.focus();
  }
}
