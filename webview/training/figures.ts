/** Figures that change several times a second: made once, so that the focus stays on what they mean. */
import type { TrainingStep } from "../../src/protocol/training";
import type { TrainingView } from "../../src/protocol/training-page";
import { defined } from "../shared/definitions";
import { element } from "../shared/dom";
import { countText, figureText, percentText } from "../shared/format";
import { durationText, lossText } from "./sentences";

/** Identifier, term and meaning. */
const LABELS = [
  ["epoch", "Epoch", "All training samples are seen once an epoch"],
  ["step", "Step", "One batch of samples, and one update of the weights"],
  ["loss", "Training loss", "Mean over the steps of the last quarter of a second"],
  ["accuracy", "Training accuracy", "Of the last batches"],
  ["rate", "Learning rate", "It follows the schedule"],
  ["speed", "Steps a second", "Without evaluations"],
  ["left", "Time left", "At the speed of late, without evaluations"],
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
    this.set("epoch", `${countText(epoch)} of ${countText(epochs)}`);
    this.set("step", `${countText(step)} of ${countText(steps)}`);
    this.set("loss", lossText(loss));
    this.set("accuracy", accuracy === null ? "–" : percentText(accuracy));
    this.set("rate", figureText(learningRate));
    this.set("speed", stepsPerSecond < 10 ? stepsPerSecond.toFixed(1) : countText(Math.round(stepsPerSecond)));
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
