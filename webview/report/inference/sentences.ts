/** What the view of a network in integers says in words. */
import * as l10n from "@vscode/l10n";
import type { Agreement } from "../../../src/protocol/agreement";
import type { InferenceReport } from "../../../src/protocol/inference";
import { bytesText, countText, nameText } from "../../shared/format";

/** Name of the chart for a screen reader. */
export function memorySentence({ operations, arenaBytes, optimumBytes }: InferenceReport): string {
  const most = operations.reduce((best, { liveBytes }, at) => (liveBytes > operations[best].liveBytes ? at : best), 0);
  const peak =
    operations.length === 0
      ? []
      : [
          l10n.t(
            "The most, {0}, live at {1}, operation {2}.",
            bytesText(optimumBytes),
            nameText(operations[most].node),
            countText(most + 1),
          ),
        ];
  return [
    l10n.t(
      "Bar chart of the bytes that live at each of {0} operations, in an arena of {1}.",
      countText(operations.length),
      bytesText(arenaBytes),
    ),
    ...peak,
    l10n.t("The arrow keys select an operation; the table below has all numbers."),
  ].join(" ");
}

/** How many operations are proved equal to ONNX Runtime. */
export function equalitySentence({ operations }: InferenceReport): string {
  const proved = operations.filter(({ agreement }) => agreement.difference === 0).length;
  return proved === operations.length
    ? l10n.t("all {0} operations proved", countText(proved))
    : l10n.t("{0} of {1} operations proved", countText(proved), countText(operations.length));
}

/** How far an operation is known to equal ONNX Runtime's. */
export function agreementSentence({ checked, difference, differing }: Agreement): string {
  if (difference === null) return l10n.t("Not compared with ONNX Runtime.");
  if (difference === 0) return l10n.t("Proved equal to ONNX Runtime.");
  if (checked === "none" || differing === 0) return l10n.t("Within {0} of ONNX Runtime.", difference);
  switch (checked) {
    case "accumulators":
      return l10n.t(
        "Within {0} of ONNX Runtime, which it differs from in {1} output channels.",
        difference,
        countText(differing),
      );
    case "pairs":
      return l10n.t(
        "Within {0} of ONNX Runtime, which it differs from in {1} pairs of codes.",
        difference,
        countText(differing),
      );
    case "codes":
      return l10n.t(
        "Within {0} of ONNX Runtime, which it differs from in {1} codes.",
        difference,
        countText(differing),
      );
  }
}

/** The same for a cell of a table. */
export function agreementCell({ difference }: Agreement): string {
  if (difference === null) return l10n.t("not compared");
  return difference === 0 ? l10n.t("equal") : l10n.t("within {0}", difference);
}
