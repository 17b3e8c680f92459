/** The budget: bytes typed or dragged become the best mixture that fits, which the extension finds. */
import * as l10n from "@vscode/l10n";
import type { Comparison } from "../../src/protocol/comparison";
import { element } from "../shared/dom";
import { bytesText, countText } from "../shared/format";

export class BudgetControl {
  readonly element: HTMLElement;
  private readonly field: HTMLInputElement;
  private readonly slider: HTMLInputElement;
  private readonly refusal = element("p", { class: "refusal", attributes: { role: "alert" } });
  /** A budget was sent and is not answered yet. */
  private waiting = false;
  /** The latest budget that was not sent because one was waiting. */
  private next: number | undefined;

  /** @param suggest asks for the best mixture; `show` or `refuse` answers */
  constructor(
    { mixed, layers }: Comparison,
    private readonly suggest: (budget: number) => void,
  ) {
    const smallest = mixed[0].bytes;
    const best = mixed[mixed.length - 1].bytes;
    const range = { min: String(smallest), max: String(best), step: "any" };
    this.field = element("input", { attributes: { type: "number", min: "0", step: "1", id: "budget" } });
    this.slider = element("input", { attributes: { type: "range", ...range, "aria-label": l10n.t("Flash budget") } });
    const float = layers.reduce((total, { floatBytes }) => total + floatBytes, 0);
    this.element = element(
      "section",
      { class: "budget", attributes: { "aria-label": l10n.t("Budget") } },
      element("label", { text: l10n.t("Flash budget, bytes"), attributes: { for: "budget" } }),
      this.field,
      this.slider,
      element("p", {
        class: "quiet",
        text: l10n.t(
          "Best mixtures: {0} to {1}; float takes {2}.",
          bytesText(smallest),
          bytesText(best),
          bytesText(float),
        ),
      }),
      this.refusal,
    );
    this.slider.addEventListener("input", () => {
      const budget = Math.round(this.slider.valueAsNumber);
      this.field.value = String(budget);
      this.describeSlider(budget);
      this.ask(budget);
    });
    this.field.addEventListener("change", () => {
      const budget = this.field.valueAsNumber;
      if (!Number.isFinite(budget) || budget < 0) return;
      this.slider.value = this.field.value;
      this.describeSlider(budget);
      this.ask(Math.floor(budget));
    });
  }

  /** A choice is made. One that answers the budget leaves what the user typed; any other shows its own bytes. */
  show(bytes: number): void {
    this.refusal.textContent = "";
    if (this.answered()) return;
    this.field.value = String(bytes);
    this.slider.value = String(bytes);
    this.describeSlider(bytes);
  }

  refuse(message: string): void {
    this.refusal.textContent = message;
    this.answered();
  }

  /** One question at a time: a slider moves faster than mixtures are found. */
  private ask(budget: number): void {
    if (this.waiting) {
      this.next = budget;
      return;
    }
    this.waiting = true;
    this.suggest(budget);
  }

  private answered(): boolean {
    const wasWaiting = this.waiting;
    this.waiting = false;
    if (this.next !== undefined) {
      const budget = this.next;
      this.next = undefined;
      this.ask(budget);
    }
    return wasWaiting;
  }

  private describeSlider(budget: number): void {
    this.slider.setAttribute("aria-valuetext", l10n.t("{0} bytes", countText(budget)));
  }
}
