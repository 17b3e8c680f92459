/** Figures that change several times a second: made once, so that the focus stays on what they mean. */
import * as l10n from "@vscode/l10n";
import type { TrainingStep } from "../../src/protocol/training";
import type { TrainingView } from "../../src/protocol/training-page";
import { defined } from "../shared/definitions";
import { element } from "../shared/dom";
import { countText, figureText, percentText } from "../shared/format";
import { durationText, lossText } from "./sentences";

/** Identifier, term and meaning. */
const LABELS = [
  ["epoch", l10n.t("Epoch"), l10n.t("All training samples are seen once an epoch")],
  ["step", l10n.t("Step"), l10n.t("One batch of samples, and one update of the weights")],
  ["loss", l10n.t("Training loss"), l10n.t("Mean over the steps of the last quarter of a second")],
  ["accuracy", l10n.t("Training accuracy"), l10n.t("Of the last batches")],
  ["rate", l10n.t("Learning rate"), l10n.t("It follows the schedule")],
  ["speed", l10n.t("Steps a second"), l10n.t("Without evaluations")],
  ["left", l10n.t("Time left"), l10n.t("At the speed of late, without evaluations")],
] as const;

type Figure = (typeof LABELS)[number][0];

export class Figures {
  readonly element = element("dl", { class: "facts" });
  private readonly values: ReadonlyMap<Figure, HTMLElement>;

  constructor() {
    this.values = new Map(
      LABELS.map(([id, term, meaning]) => {
        const value = element("dd", { class: id, text: "–" });
        this.element.append(element("div", {}, element("dt", {}, defined(term, { term, meaning })), value));
        return [id, value];
      }),
    );
  }

  showStep(
    { epoch, step, steps, loss, accuracy, learningRate, stepsPerSecond }: TrainingStep,
    left: number | null,
    epochs: number,
  ): void {
    this.set("epoch", l10n.t("{0} of {1}", countText(epoch), countText(epochs)));
    this.set("step", l10n.t("{0} of {1}", countText(step), countText(steps)));
    this.set("loss", lossText(loss));
    this.set("accuracy", accuracy === null ? "–" : percentText(accuracy));
    this.set("rate", figureText(learningRate));
    this.set(
      "speed",
      stepsPerSecond < 10 ? figureText(Number(stepsPerSecond.toFixed(1))) : countText(Math.round(stepsPerSecond)),
    );
    this.set("left", durationText(left) || "–");
  }

  /** Time goes on where training does not. */
  show({ lastStep, secondsLeft, phase, epochs }: TrainingView): void {
    if (lastStep === null) for (const [id] of LABELS) this.set(id, "–");
    else this.showStep(lastStep, phase === "running" || phase === "paused" ? secondsLeft : null, epochs);
  }

  private set(figure: Figure, text: string): void {
    const value = this.values.get(figure);
    if (value !== undefined && value.textContent !== text) value.textContent = text;
  }
}
