/** What a run ended with: scores before and after, or why it failed. */
import type { TrainingReport, TrainingScore } from "../../src/protocol/training";
import type { TrainingView } from "../../src/protocol/training-page";
import { element } from "../shared/dom";
import { factList, type Fact } from "../shared/facts";
import { countText, percentText } from "../shared/format";
import { lossText, outcomeText } from "./sentences";

/** Undefined while a run goes on. */
export function outcome(view: TrainingView): HTMLElement | undefined {
  const text = outcomeText(view);
  if (text === "") return undefined;
  const isFailure = view.phase === "failed";
  return element(
    "section",
    { class: isFailure ? "outcome failure" : "outcome", attributes: { "aria-label": "Outcome" } },
    element("p", { text, attributes: { role: isFailure ? "alert" : "status" } }),
    ...(isFailure && view.failure !== null
      ? [element("p", { class: "quiet", text: `Error code: ${view.failure.code}` })]
      : []),
    ...(view.report === null ? [] : [factList(scores(view.report))]),
  );
}

function scores({ float, before, best, deployed, validationSamples }: TrainingReport): Fact[] {
  const fact = (label: string, { loss, accuracy }: TrainingScore, meaning: string): Fact => ({
    label,
    definition: { term: label, meaning },
    value: accuracy === null ? lossText(loss) : percentText(accuracy),
    note: accuracy === null ? "loss" : `loss ${lossText(loss)}`,
  });
  return [
    fact("Float model", float, `On ${countText(validationSamples)} validation samples, before training`),
    fact("Quantized", before, "The codes of the model before training"),
    fact("Quantized and trained", best, "The codes, as the loop scored them at its best"),
    fact("As deployed", deployed, "The trained model quantized by its recipe, as integers in ONNX Runtime"),
  ];
}
