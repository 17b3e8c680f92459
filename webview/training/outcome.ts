/** What a run ended with: scores before and after, or why it failed. */
import * as l10n from "@vscode/l10n";
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
    { class: isFailure ? "outcome failure" : "outcome", attributes: { "aria-label": l10n.t("Outcome") } },
    element("p", { text, attributes: { role: isFailure ? "alert" : "status" } }),
    ...(isFailure && view.failure !== null
      ? [element("p", { class: "quiet", text: l10n.t("Error code: {0}", view.failure.code) })]
      : []),
    ...(view.report?.wantsNormalization === true
      ? [
          element("p", {
            text: l10n.t(
              "Much is lost. Few bits want statistics of the batch: choose batchNormalization batch in the options.",
            ),
          }),
        ]
      : []),
    ...(view.report === null ? [] : [factList(scores(view.report))]),
  );
}

function scores({ float, before, best, deployed, validationSamples }: TrainingReport): Fact[] {
  const fact = (label: string, { loss, accuracy }: TrainingScore, meaning: string): Fact => ({
    label,
    definition: { term: label, meaning },
    value: accuracy === null ? lossText(loss) : percentText(accuracy),
    note: accuracy === null ? l10n.t("loss") : l10n.t("loss {0}", lossText(loss)),
  });
  return [
    fact(
      l10n.t("Float model"),
      float,
      l10n.t("On {0} validation samples, before training", countText(validationSamples)),
    ),
    fact(l10n.t("Quantized"), before, l10n.t("The codes of the model before training")),
    fact(l10n.t("Quantized and trained"), best, l10n.t("The codes, as the loop scored them at its best")),
    fact(
      l10n.t("As deployed"),
      deployed,
      l10n.t("The trained model quantized by its recipe, as integers in ONNX Runtime"),
    ),
  ];
}
