/** The page that `equalization.mjs` writes. */
import { askedTable, rowOf } from "./equalization-asked";
import type { Measured, NetworkResult } from "./equalization-measured";
import { ALL_STEPS } from "./equalization-variants";

const PAPER = `| network, 8 bit, one scale a layer [Meller et al. 2019, tables 1 and 2] | none | one step | two steps | with bias tuning |
|---|---:|---:|---:|---:|
| MobileNet-V1, points lost | 7.89 | 6.12 | 3.2 | 0.95 |
| MobileNet-V2, points lost | 42.68 | 4.07 | 2.1 | 0.61 |
| ResNet-50, points lost | 0.25 | 0.38 | 0.25 | |
`;

export function resultsDocument(results: readonly NetworkResult[]): string {
  return [
    "# Equalization and bias correction, measured",
    "",
    "Made by `node test/bench/equalization.mjs`. Weights in 8 bits, symmetric, one scale a tensor; activations in 8 bits, affine, one",
    "scale a tensor from the whole range (or, `ranges by mse`, the one of least squared error; `weights clipped by mse`: the same of weights) on up to 64 calibration samples; biases in float, or of 16 bits.",
    "Accuracy and agreement (the same class as the float network) on samples that are not calibration data, but for the wake word, of which there are only these;",
    "photos of the MobileNets are evaluated mirrored, too. `layers` is the mean isolated SQNR of weights and activations over all layers; `bound` its mean",
    "for channels that all had the dominant one's range.",
    "",
    "## Asked and measured",
    "",
    askedTable(results),
    "## Beside the paper",
    "",
    PAPER,
    summary(results),
    ...results.map(section),
  ].join("\n");
}

function summary(results: readonly NetworkResult[]): string {
  const lost = (row: Measured | undefined) => row?.lost?.points.toFixed(2) ?? "–";
  const lines = results.map((result) => {
    const cells = [
      lost(rowOf(result, "none", "none")),
      lost(rowOf(result, "one-step", "none")),
      lost(rowOf(result, "two-step", "none")),
      lost(rowOf(result, "two-step", "empirical")),
      lost(rowOf(result, ALL_STEPS, "empirical")),
      lost(rowOf(result, "cle", "empirical")),
      lost(rowOf(result, ALL_STEPS, "empirical", "power of two")),
      lost(rowOf(result, "cle", "empirical", "power of two")),
      result.network.budget === null ? "–" : (100 / result.evaluationSamples).toFixed(2),
    ];
    return `| ${result.network.title} | ${cells.join(" | ")} |`;
  });
  return [
    "Here, points lost (negative: gained). Dead channels are folded in all columns but the first; the last column is what one sample weighs.",
    "",
    "| network | none | one step | two steps | two steps + bias | all steps | cle + bias | all steps, pow2 | cle + bias, pow2 | one sample |",
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ...lines,
    "",
  ].join("\n");
}

function section(result: NetworkResult): string {
  const { network, calibrationSamples, evaluationSamples, floatAccuracy, boundDb, deadChannels, channels } = result;
  const accuracy = floatAccuracy === null ? "no labels" : `float ${floatAccuracy.toFixed(2)} %`;
  const lines = result.rows.map((row) => {
    const cells = [
      row.what,
      row.biasBits === 16 ? `${row.biasCorrection}, 16-bit biases` : row.biasCorrection,
      row.scales,
      row.accuracy === null ? "–" : row.accuracy.toFixed(2),
      row.agreement === null ? "–" : row.agreement.toFixed(2),
      decibels(row.outputDb),
      decibels(row.layerDb),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    `## ${network.title}`,
    "",
    `${calibrationSamples} calibration samples, ${evaluationSamples} evaluated; ${accuracy}; ${deadChannels} of ${channels} channels dead or constant;`,
    `bound ${boundDb.toFixed(1)} dB.`,
    "",
    "| equalization | bias correction | scales | accuracy % | agreement % | output dB | layers dB |",
    "|---|---|---|---:|---:|---:|---:|",
    ...lines,
    "",
  ].join("\n");
}

function decibels(value: number | null): string {
  return value === null ? "" : value.toFixed(1);
}
