/** The whole comparison as one table of comma-separated values. */
import type { EqualizationComparison } from "../../src/protocol/equalization-comparison";
import { csvText, type Cell } from "../shared/csv";
import { outcomesOf } from "./outcomes";

const HEADINGS = [
  "equalization",
  "bias_correction",
  "layer",
  "weights_db",
  "activations_db",
  "both_db",
  "bound_db",
  "output_db",
  "agreement",
  "accuracy",
  "float_accuracy",
];

/** A line a variant and layer, then a line an outcome of the network, whose ratios are means over the layers. */
export function equalizationCsv(comparison: EqualizationComparison): string {
  const { layers, variants, meanBoundDb } = comparison;
  const ofLayers = variants.flatMap((variant) =>
    layers.map(({ name, boundDb }, index): Cell[] => {
      const { weights, activations, both } = variant.layers[index];
      return [variant.label, "none", name, weights, activations, both, boundDb, null, null, null, null];
    }),
  );
  const ofNetworks = outcomesOf(comparison).map(({ of, biasCorrection, model }): Cell[] => [
    of.label,
    biasCorrection,
    null,
    of.mean.weights,
    of.mean.activations,
    of.mean.both,
    meanBoundDb,
    model.outputSqnrDb,
    model.agreement,
    model.quantizedAccuracy,
    model.floatAccuracy,
  ]);
  return csvText([HEADINGS, ...ofLayers, ...ofNetworks]);
}
