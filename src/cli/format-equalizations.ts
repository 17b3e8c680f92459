/** Comparisons of equalizations as text for terminals. */
import { QUANTITIES, type EqualizationComparison, type Quantity } from "../protocol/equalization-comparison";
import { shownName } from "../protocol/errors";
import type { ModelNoise } from "../protocol/noise";
import { formatTable } from "./table";

const TITLES: Readonly<Record<Quantity, string>> = {
  weights: "weights alone, dB",
  activations: "activations alone, dB",
  both: "weights and activations, dB",
};

/** What `compare-equalization` prints: the SQNR of every layer under every variant, then what the network loses. */
export function formatEqualizations(comparison: EqualizationComparison): string {
  const { layers, variants, meanBoundDb, notes } = comparison;
  const labels = variants.map(({ label }) => label);
  const tables = QUANTITIES.map((quantity) => {
    const hasBound = quantity === "both";
    const rows = layers.map(({ name, boundDb }, index) => [
      shownName(name),
      ...variants.map((variant) => decibels(variant.layers[index][quantity])),
      ...(hasBound ? [bound(boundDb)] : []),
    ]);
    const means = [
      "mean",
      ...variants.map(({ mean }) => decibels(mean[quantity])),
      ...(hasBound ? [bound(meanBoundDb)] : []),
    ];
    return formatTable([TITLES[quantity], ...labels, ...(hasBound ? ["bound"] : [])], [...rows, means], 1);
  });
  const networks = formatTable(
    ["network", "bias correction", "output dB", "same class", "accuracy"],
    variants.flatMap(({ label, outcomes }) =>
      outcomes.map(({ biasCorrection, model }) => [
        label,
        biasCorrection,
        model.outputExact ? "exact" : (model.outputSqnrDb?.toFixed(1) ?? ""),
        percent(model.agreement),
        percent(model.quantizedAccuracy),
      ]),
    ),
    2,
  );
  const { model } = variants[0].outcomes[0];
  return [...tables, networks].join("\n\n") + `\n\n${[...floatLines(model), ...notes].join("\n")}\n`;
}

function floatLines({ floatAccuracy, evaluationSamples }: ModelNoise): string[] {
  const accuracy = floatAccuracy === null ? "" : `; accuracy in float ${percent(floatAccuracy)}`;
  return [`On ${evaluationSamples} samples${accuracy}.`];
}

function decibels(value: number | null): string {
  return value?.toFixed(1) ?? "exact";
}

/** Null where the bound is infinite or there was no signal. */
function bound(value: number | null): string {
  return value?.toFixed(1) ?? "";
}

function percent(share: number | null): string {
  return share === null ? "" : `${(share * 100).toFixed(2)} %`;
}
