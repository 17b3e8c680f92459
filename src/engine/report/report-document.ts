/** One report as a document. */
import type { DefinitionId } from "../../protocol/definitions";
import { agreementCell } from "../../protocol/agreement";
import { bytesText, countText, decibelText, figureText, nameText, percentText, shapeText } from "../../protocol/format";
import type { InferenceReport } from "../../protocol/inference";
import { settingsText } from "../../protocol/layer-settings";
import type { LayerNoise } from "../../protocol/noise";
import type { LayerReport, Report } from "../../protocol/report";
import { figureOf } from "../../protocol/report-difference";
import { schemeOf, weightsSqnr } from "./compare-reports";
import type { DocumentCell, DocumentChart, DocumentFact, DocumentTable, ReportDocument } from "./document";

export function reportDocument(report: Report): ReportDocument {
  const { model, layers, inference, artifacts, notes, generator } = report;
  return {
    title: nameText(model.name),
    lead: `What ${schemeOf(report)} costs, layer by layer.`,
    cautions: [],
    facts: [...weightFacts(report), ...lossFacts(model), ...(inference === null ? [] : networkFacts(inference))],
    charts: [
      hasNoise(report) ? isolatedChart(layers) : sqnrChart(layers),
      ...(inference === null ? [] : [memoryChart(inference)]),
    ],
    tables: [
      layerTable(report),
      ...(inference === null ? [] : [operationTable(inference)]),
      ...(report.unquantizable.length === 0 ? [] : [unquantizableTable(report)]),
      ...(artifacts.length === 0 ? [] : [fileTable(report)]),
    ],
    notes,
    schemes: [...new Set(layers.map(({ scheme }) => scheme))],
    models: [{ label: "Model", name: nameText(model.name), sha256: model.sha256 }],
    version: generator.version,
  };
}

function weightFacts(report: Report): DocumentFact[] {
  const { totals, layers, model } = report;
  const share = totals.floatBytes === 0 ? 1 : totals.bytes / totals.floatBytes;
  return [
    { label: "Scheme", value: schemeOf(report), definition: "scheme" },
    {
      label: "Flash",
      value: bytesText(totals.bytes),
      note: `${percentText(share)} of ${bytesText(totals.floatBytes)} in float`,
      definition: "flash",
    },
    {
      label: "Overall SQNR",
      value: totals.exact ? "exact" : decibelText(totals.sqnrDb),
      definition: "overallSqnr",
    },
    {
      label: "Parameters",
      value: countText(totals.parameters),
      note: `in ${countText(layers.length)} layers, of ${countText(model.parameters)} in the model`,
      definition: "parameters",
    },
  ];
}

function lossFacts(model: Report["model"]): DocumentFact[] {
  const { evaluationSamples, floatAccuracy, quantizedAccuracy, quantizedAccuracyInterval: interval } = model;
  if (evaluationSamples === 0) return [];
  const facts: DocumentFact[] = [];
  if (floatAccuracy !== null && quantizedAccuracy !== null) {
    const within = interval === null ? "" : `, 95 %: ${percentText(interval[0])} to ${percentText(interval[1])}`;
    const note = `float ${percentText(floatAccuracy)}${within}`;
    facts.push({ label: "Accuracy", value: percentText(quantizedAccuracy), note, definition: "accuracy" });
  }
  const note = `on ${countText(evaluationSamples)} samples`;
  if (model.agreement !== null)
    facts.push({ label: "Agreement", value: percentText(model.agreement), note, definition: "agreement" });
  const output = model.outputExact ? "exact" : decibelText(model.outputSqnrDb);
  facts.push({ label: "Output SQNR", value: output, note, definition: "outputSqnr" });
  return facts;
}

function networkFacts(inference: InferenceReport): DocumentFact[] {
  const { arenaBytes, scratchBytes, stackBytes, flashBytes, macs, operations } = inference;
  const proved = operations.filter(({ agreement }) => agreement.difference === 0).length;
  const equal = `${countText(proved)} of ${countText(operations.length)} operations`;
  return [
    { label: "RAM", value: bytesText(arenaBytes + scratchBytes), definition: "arena" },
    { label: "Stack", value: `at most ${bytesText(stackBytes)}`, definition: "stack" },
    { label: "Constants", value: bytesText(flashBytes), note: "of flash, without code", definition: "constants" },
    { label: "Multiply-accumulates", value: countText(macs), note: "a run", definition: "macs" },
    { label: "Equal to ONNX Runtime", value: equal, definition: "equality" },
  ];
}

function hasNoise({ layers }: Report): boolean {
  return layers.some(({ noise }) => noise !== null);
}

function sqnrChart(layers: readonly LayerReport[]): DocumentChart {
  return {
    title: "SQNR of the weights, layer by layer",
    definition: "sqnrChart",
    series: ["weights"],
    rows: layers.map((layer) => {
      const figure = weightsSqnr(layer);
      return { name: nameText(layer.name), values: [figure], texts: [figure === null ? "float" : dB(figure)] };
    }),
  };
}

function isolatedChart(layers: readonly LayerReport[]): DocumentChart {
  return {
    title: "SQNR of single layers, a diagnostic",
    definition: "isolatedChart",
    series: ["weights", "activations", "both"],
    rows: layers.map(({ name, noise }) => {
      const values = noise === null ? [null, null, null] : isolatedFigures(noise);
      return { name: nameText(name), values, texts: values.map(dB) };
    }),
  };
}

function isolatedFigures({ isolated }: LayerNoise) {
  const { weightsDb, activationsDb, bothDb } = isolated;
  return [weightsDb, activationsDb, bothDb].map((decibels) => decibels ?? "exact");
}

function dB(figure: number | "exact" | null): string {
  return figureOf(figure, "decibels");
}

function memoryChart({ operations }: InferenceReport): DocumentChart {
  return {
    title: "RAM over time",
    definition: "memoryChart",
    series: ["live bytes"],
    rows: operations.map(({ node, liveBytes }) => ({
      name: nameText(node),
      values: [liveBytes],
      texts: [bytesText(liveBytes)],
    })),
  };
}

interface NoiseColumn {
  readonly label: string;
  readonly definition: DefinitionId;
  readonly text: (noise: LayerNoise) => string;
}

const NOISE_COLUMNS: readonly NoiseColumn[] = [
  {
    label: "KL, nats",
    definition: "kl",
    text: ({ sensitivity }) =>
      sensitivity?.klDivergence === null || sensitivity === null ? "" : figureText(sensitivity.klDivergence),
  },
  { label: "Weights", definition: "weights", text: ({ isolated }) => decibelText(isolated.weightsDb) },
  { label: "Activations", definition: "activations", text: ({ isolated }) => decibelText(isolated.activationsDb) },
  { label: "Both", definition: "both", text: ({ isolated }) => decibelText(isolated.bothDb) },
  { label: "Cumulative", definition: "cumulative", text: ({ cumulativeDb }) => decibelText(cumulativeDb) },
];

function layerTable(report: Report): DocumentTable {
  const { layers } = report;
  const measured = NOISE_COLUMNS.filter(({ text }) => layers.some(({ noise }) => noise !== null && text(noise) !== ""));
  return {
    caption: `Layers: ${countText(layers.length)}`,
    columns: [
      { label: "Layer" },
      { label: "Operator" },
      { label: "Scheme", definition: "scheme" },
      { label: "SQNR", numeric: true, definition: "sqnr" },
      { label: "Flash", numeric: true, definition: "flash" },
      ...measured.map(({ label, definition }) => ({ label, numeric: true, definition })),
    ],
    rows: layers.map((layer): DocumentCell[] => [
      name(layer.name),
      { text: nameText(layer.op) },
      { text: layer.settings === null ? "float (kept)" : settingsText(layer) },
      { text: layer.settings === null ? "float" : dB(weightsSqnr(layer)) },
      { text: layer.sharedWith === null ? bytesText(layer.bytes) : "shared" },
      ...measured.map(({ text }) => ({ text: layer.noise === null ? "" : text(layer.noise) })),
    ]),
  };
}

function operationTable({ operations }: InferenceReport): DocumentTable {
  return {
    caption: `Operations in integers: ${countText(operations.length)}`,
    columns: [
      { label: "Operation" },
      { label: "Operator" },
      { label: "Output" },
      { label: "MACs", numeric: true, definition: "macs" },
      { label: "Flash", numeric: true, definition: "constants" },
      { label: "RAM", numeric: true, definition: "arena" },
      { label: "ONNX Runtime", definition: "equality" },
    ],
    rows: operations.map(({ node, operator, shape, macs, flashBytes, liveBytes, agreement }) => [
      name(node),
      { text: nameText(operator) },
      { text: shapeText(shape) },
      { text: countText(macs) },
      { text: bytesText(flashBytes) },
      { text: bytesText(liveBytes) },
      { text: agreementCell(agreement) },
    ]),
    isDetail: true,
  };
}

function unquantizableTable({ unquantizable }: Report): DocumentTable {
  return {
    caption: `Not quantized: ${countText(unquantizable.length)}`,
    columns: [{ label: "Tensor" }, { label: "Operator" }, { label: "Parameters", numeric: true }, { label: "Why" }],
    rows: unquantizable.map((tensor) => [
      name(tensor.name),
      { text: nameText(tensor.op) },
      { text: countText(tensor.parameters) },
      { text: tensor.reason },
    ]),
    isDetail: true,
  };
}

function fileTable({ artifacts }: Report): DocumentTable {
  return {
    caption: `Generated files: ${countText(artifacts.length)}`,
    columns: [{ label: "File" }, { label: "Bytes", numeric: true }, { label: "SHA-256" }],
    rows: artifacts.map(({ path, bytes, sha256 }) => [
      name(path),
      { text: countText(bytes) },
      { text: nameText(sha256), isName: true },
    ]),
    isDetail: true,
  };
}

function name(text: string): DocumentCell {
  return { text: nameText(text), isName: true };
}
