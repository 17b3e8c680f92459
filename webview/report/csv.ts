/** The layer table as comma-separated values. */
import type { LayerReport, Report } from "../../src/protocol/report";
import { csvText, type Cell } from "../shared/csv";

const COLUMNS: readonly [string, (layer: LayerReport, index: number) => Cell][] = [
  ["index", (_layer, index) => index],
  ["name", (layer) => layer.name],
  ["op", (layer) => layer.op],
  ["weight_name", (layer) => layer.weightName],
  ["weight_shape", (layer) => layer.weightShape.join("x")],
  ["parameters", (layer) => layer.parameters],
  ["share", (layer) => layer.share],
  ["scheme", (layer) => layer.scheme],
  ["bits", (layer) => layer.bits],
  ["granularity", (layer) => layer.granularity],
  ["clip", (layer) => clipOf(layer)],
  ["sqnr_db", (layer) => layer.weights.sqnrDb],
  ["exact", (layer) => layer.weights.exact],
  ["min", (layer) => layer.weights.min],
  ["max", (layer) => layer.weights.max],
  ["abs_max", (layer) => layer.weights.absMax],
  ["mean", (layer) => layer.weights.mean],
  ["std", (layer) => layer.weights.std],
  ["skewness", (layer) => layer.weights.skewness],
  ["excess_kurtosis", (layer) => layer.weights.kurtosis],
  ["zeros", (layer) => layer.weights.zeros],
  ["outlier_ratio", (layer) => layer.weights.outlierRatio],
  ["code_entropy_bits", (layer) => layer.weights.codeEntropyBits],
  ["dominant_channel", (layer) => layer.weights.channels.dominant],
  ["bytes", (layer) => layer.bytes],
  ["float_bytes", (layer) => layer.floatBytes],
  ["shared_with", (layer) => layer.sharedWith],
  ["isolated_weights_db", ({ noise }) => noise?.isolated.weightsDb ?? null],
  ["isolated_activations_db", ({ noise }) => noise?.isolated.activationsDb ?? null],
  ["isolated_both_db", ({ noise }) => noise?.isolated.bothDb ?? null],
  ["predicted_weights_db", ({ noise }) => noise?.predicted.weightsDb ?? null],
  ["predicted_activations_db", ({ noise }) => noise?.predicted.activationsDb ?? null],
  ["predicted_both_db", ({ noise }) => noise?.predicted.bothDb ?? null],
  ["bound_db", ({ noise }) => noise?.boundDb ?? null],
  ["cumulative_db", ({ noise }) => noise?.cumulativeDb ?? null],
  ["sensitivity_kl_nats", ({ noise }) => noise?.sensitivity?.klDivergence ?? null],
  ["sensitivity_output_db", ({ noise }) => noise?.sensitivity?.outputDb ?? null],
  ["sensitivity_accuracy_drop", ({ noise }) => noise?.sensitivity?.accuracyDrop ?? null],
];

function clipOf({ settings }: LayerReport): Cell {
  const clip = settings?.["clip"];
  return typeof clip === "string" ? clip : null;
}

/** One line a layer after a line of headings; null is an empty cell. */
export function layersCsv(report: Report): string {
  return csvText([
    COLUMNS.map(([heading]) => heading),
    ...report.layers.map((layer, index) => COLUMNS.map(([, value]) => value(layer, index))),
  ]);
}
