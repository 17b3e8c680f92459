/** Noise figures as text for terminals. */
import { shownName } from "../protocol/errors";
import type { LayerNoise } from "../protocol/noise";
import type { LayerReport, Report } from "../protocol/report";
import { formatTable } from "./table";

const HEADER = [
  "layer",
  "weights dB",
  "activations dB",
  "both dB",
  "predicted dB",
  "bound dB",
  "cumulative dB",
  "KL nats",
  "accuracy drop",
];

/** What `analyze` prints: every layer, the most sensitive first, then what the model lost. */
export function formatAnalysis(report: Report): string {
  const measured = report.layers.flatMap((layer) => (layer.noise === null ? [] : [{ layer, noise: layer.noise }]));
  const ranked = measured.toSorted((a, b) => divergence(b.noise) - divergence(a.noise));
  const table = formatTable(
    HEADER,
    ranked.map(({ layer, noise }) => row(layer, noise)),
    1,
  );
  return [
    table,
    "",
    ...report.notes,
    "",
    ...formatModelNoise(report),
    "SQNR says where noise is made; the sensitivity (KL, accuracy drop) says which layer to act on.",
    "",
  ].join("\n");
}

/** What the model as a whole lost; no lines where it was not run. */
export function formatModelNoise({ model }: Report): string[] {
  if (model.evaluationSamples === 0) return [];
  const lines = [
    `On ${model.evaluationSamples} samples: output SQNR ${decibels(model.outputSqnrDb, model.outputExact)} dB`,
  ];
  if (model.agreement !== null) lines.push(`  same class as float ${percent(model.agreement)}`);
  if (model.floatAccuracy !== null && model.quantizedAccuracy !== null) {
    lines.push(
      `  accuracy ${percent(model.floatAccuracy)} in float, ${percent(model.quantizedAccuracy)} quantized` +
        interval(model.quantizedAccuracyInterval),
    );
  }
  return lines;
}

function row(
  layer: LayerReport,
  { isolated, predicted, boundDb, cumulativeDb, cumulativeExact, sensitivity }: LayerNoise,
): string[] {
  return [
    shownName(layer.name),
    decibels(isolated.weightsDb, isolated.exact.weights),
    decibels(isolated.activationsDb, isolated.exact.activations),
    decibels(isolated.bothDb, isolated.exact.both),
    decibels(predicted.bothDb, false),
    decibels(boundDb, false),
    decibels(cumulativeDb, cumulativeExact),
    sensitivity?.klDivergence?.toPrecision(3) ?? "",
    sensitivity?.accuracyDrop === null || sensitivity === null ? "" : percent(sensitivity.accuracyDrop),
  ];
}

function divergence({ sensitivity }: LayerNoise): number {
  return sensitivity?.klDivergence ?? -(sensitivity?.outputDb ?? 0);
}

function decibels(value: number | null, exact: boolean): string {
  return exact ? "exact" : (value?.toFixed(1) ?? "");
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

function interval(bounds: readonly [number, number] | null): string {
  return bounds === null ? "" : ` (95 %: ${percent(bounds[0])} to ${percent(bounds[1])})`;
}
