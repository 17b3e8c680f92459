/** Tells screen readers, and everybody else, what the last epoch reached; not more often than one can listen to. */
import type { TrainingView } from "../../src/protocol/training-page";
import { element } from "../shared/dom";
import { evaluationSentence } from "./sentences";

/** Milliseconds. */
const INTERVAL = 5000;

export class Announcer {
  readonly element = element("p", {
    class: "quiet announcement",
    attributes: { role: "status", "aria-live": "polite" },
  });
  private waiting: ReturnType<typeof setTimeout> | undefined;
  private toldAt = -Infinity;
  private text = "";

  announce({ evaluations, epochs }: TrainingView): void {
    const last = evaluations.at(-1);
    this.text = last === undefined ? "" : evaluationSentence(last, epochs);
    if (this.waiting !== undefined) return;
    const left = this.toldAt + INTERVAL - performance.now();
    if (left <= 0) this.tell();
    else
      this.waiting = setTimeout(() => {
        this.tell();
      }, left);
  }

  private tell(): void {
    this.waiting = undefined;
    if (this.element.textContent === this.text) return;
    this.toldAt = performance.now();
    this.element.textContent = this.text;
  }
}
