/** Reports as text for terminals. */
import { relative } from "node:path";
import { shownName } from "../protocol/errors";
import { formatModelNoise } from "./format-analysis";
import { formatInference } from "./format-inference";
import { formatTable } from "./table";
import type { LayerReport, Report } from "../protocol/report";

/** What `inspect` prints. */
export function formatInspection(report: Report): string {
  const { model } = report;
  const head = [
    `${shownName(model.name)}  ${model.parameters.toLocaleString("en")} parameters, ${model.nodes} nodes, ${bytes(model.bytes)}`,
    `producer ${shownName(model.producer) || "unknown"}, IR ${model.irVersion}, opset ${model.opsets.map(opset).join(", ")}`,
    ...model.inputs.map((value) => `input  ${shownName(value.name)}  ${value.type} ${shape(value.shape)}`),
    ...model.outputs.map((value) => `output ${shownName(value.name)}  ${value.type} ${shape(value.shape)}`),
  ];
  const rows = report.layers.map((layer) => [
    shownName(layer.name),
    layer.op,
    layer.weightShape.join("×"),
    layer.parameters.toLocaleString("en"),
    `${(layer.share * 100).toFixed(1)} %`,
    figure(layer.weights.absMax),
    figure(layer.weights.skewness),
    figure(layer.weights.kurtosis),
  ]);
  const header = ["layer", "operator", "weights", "parameters", "share", "max|w|", "skewness", "kurtosis"];
  const table = rows.length === 0 ? "No layer has weights that can be quantized." : formatTable(header, rows, 3);
  return [...head, "", table, ...leftFloat(report), ...notes(report), ""].join("\n");
}

/** What `quantize` prints. */
export function formatQuantization(report: Report, files: readonly string[], written: readonly string[]): string {
  const rows = report.layers.map((layer) => [
    shownName(layer.name),
    layer.op,
    layer.weightShape.join("×"),
    layer.scheme,
    layer.scheme === "float" ? "" : String(layer.bits),
    layer.scheme === "float" ? "" : layer.granularity,
    sqnr(layer),
    layer.bytes.toLocaleString("en"),
  ]);
  const table = formatTable(
    ["layer", "operator", "weights", "scheme", "bits", "granularity", "SQNR dB", "bytes"],
    rows,
    6,
  );
  const measured = formatModelNoise(report);
  return [
    table,
    ...leftFloat(report),
    ...notes(report),
    "",
    formatTotals(report).trimEnd(),
    ...measured,
    ...formatInference(report.inference),
    formatWritten(files, written),
  ].join("\n");
}

/** One line a file: what became of it. */
export function formatWritten(files: readonly string[], written: readonly string[]): string {
  return files.map((file) => `${written.includes(file) ? "wrote" : "unchanged"} ${shownPath(file)}\n`).join("");
}

/** As seen from the working directory. */
export function shownPath(file: string): string {
  return relative(process.cwd(), file) || file;
}

/** One line: what the whole model costs. */
export function formatTotals(report: Report): string {
  const { bytes: flash, floatBytes, sqnrDb, exact } = report.totals;
  const quality = exact ? "exact" : sqnrDb === null ? "" : `${sqnrDb.toFixed(1)} dB`;
  return `${shownName(report.model.name)}: ${bytes(flash)} of flash (float32: ${bytes(floatBytes)}), SQNR of all weights ${quality}\n`;
}

function leftFloat(report: Report): string[] {
  if (report.unquantizable.length === 0) return [];
  return [
    "",
    "Left as it is:",
    ...report.unquantizable.map(({ name, op, reason }) => `  ${shownName(name)} (${shownName(op)}): ${reason}`),
  ];
}

function notes(report: Report): string[] {
  return report.notes.length === 0 ? [] : ["", ...report.notes];
}

function sqnr(layer: LayerReport): string {
  if (layer.scheme === "float") return "float";
  return layer.weights.exact ? "exact" : (layer.weights.sqnrDb?.toFixed(1) ?? "");
}

function figure(value: number): string {
  return Number(value.toPrecision(4)).toString();
}

function bytes(count: number): string {
  return `${count.toLocaleString("en")} bytes`;
}

function opset({ domain, version }: { domain: string; version: number }): string {
  return domain === "" || domain === "ai.onnx" ? String(version) : `${shownName(domain)} ${version}`;
}

function shape(dims: readonly (number | string)[] | null): string {
  return dims === null
    ? "of unknown shape"
    : `[${dims.map((dim) => (typeof dim === "string" ? shownName(dim) || "?" : dim)).join(", ")}]`;
}
