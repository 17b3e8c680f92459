/** The columns of the report's two tables: layers, and the channels of one layer. */
import * as l10n from "@vscode/l10n";
import { settingsText } from "../../src/protocol/layer-settings";
import type { LayerReport } from "../../src/protocol/report";
import type { Grade, ReportSnapshot } from "../../src/protocol/webview";
import { element } from "../shared/dom";
import { bytesText, decibelText, figureText, sqnrText } from "../shared/format";
import { DISTRIBUTION_COLUMNS, INDEX_COLUMN, NAME_COLUMN, OPERATOR_COLUMN } from "../shared/layer-columns";
import type { Column } from "../shared/sortable-table";
import { gradeWords } from "./sentences";

export interface LayerRow {
  readonly index: number;
  readonly layer: LayerReport;
  readonly grade: Grade;
}

export function layerRows({ report, grades }: ReportSnapshot): LayerRow[] {
  return report.layers.map((layer, index) => ({ index, layer, grade: grades[index] }));
}

export const LAYER_COLUMNS: readonly Column<LayerRow>[] = [
  INDEX_COLUMN,
  NAME_COLUMN,
  OPERATOR_COLUMN,
  {
    id: "scheme",
    label: l10n.t("Scheme"),
    definition: "scheme",
    text: ({ layer }) => (layer.settings === null ? l10n.t("float (kept)") : settingsText(layer)),
    sortKey: ({ layer }) => settingsText(layer),
  },
  {
    id: "sqnr",
    label: l10n.t("SQNR"),
    numeric: true,
    definition: "sqnr",
    text: ({ layer, grade }) => (grade === "float" ? l10n.t("float") : sqnrText(layer.weights)),
    sortKey: ({ layer, grade }) => (grade === "float" ? null : (layer.weights.sqnrDb ?? Infinity)),
    decorate: (cell, { grade }) => {
      cell.classList.add(`grade-${grade}`);
      const words = gradeWords(grade);
      if (words !== "") cell.append(element("span", { class: "visually-hidden", text: words }));
    },
  },
  {
    id: "bytes",
    label: l10n.t("Flash"),
    numeric: true,
    definition: "flash",
    text: ({ layer }) => (layer.sharedWith === null ? bytesText(layer.bytes) : l10n.t("shared")),
    sortKey: ({ layer }) => layer.bytes,
  },
  ...DISTRIBUTION_COLUMNS,
];

export interface ChannelRow {
  readonly channel: number;
  readonly min: number;
  readonly max: number;
  readonly sqnrDb: number | null;
  readonly dominant: boolean;
  /** Of the layer's output on the calibration data; null where they were not measured. */
  readonly activations: { readonly min: number; readonly max: number } | null;
}

export function channelRows(layer: LayerReport): ChannelRow[] {
  const { min, max, sqnrDb, dominant } = layer.weights.channels;
  const measured = layer.noise?.channels;
  return min.map((low, channel) => ({
    channel,
    min: low,
    max: max[channel],
    sqnrDb: sqnrDb[channel],
    dominant: channel === dominant,
    activations:
      measured?.min[channel] === undefined ? null : { min: measured.min[channel], max: measured.max[channel] },
  }));
}

const ACTIVATION_COLUMNS: readonly Column<ChannelRow>[] = [
  {
    id: "activation-min",
    label: l10n.t("Output min"),
    numeric: true,
    text: ({ activations }) => (activations === null ? "" : figureText(activations.min)),
    sortKey: ({ activations }) => activations?.min ?? null,
  },
  {
    id: "activation-max",
    label: l10n.t("Output max"),
    numeric: true,
    text: ({ activations }) => (activations === null ? "" : figureText(activations.max)),
    sortKey: ({ activations }) => activations?.max ?? null,
  },
];

export function channelColumns({ noise }: LayerReport): readonly Column<ChannelRow>[] {
  return noise === null ? CHANNEL_COLUMNS : [...CHANNEL_COLUMNS, ...ACTIVATION_COLUMNS];
}

const CHANNEL_COLUMNS: readonly Column<ChannelRow>[] = [
  {
    id: "channel",
    label: l10n.t("Channel"),
    numeric: true,
    text: ({ channel, dominant }) => (dominant ? l10n.t("{0} (dominant)", channel) : String(channel)),
    sortKey: ({ channel }) => channel,
  },
  { id: "min", label: l10n.t("Min"), numeric: true, text: ({ min }) => figureText(min), sortKey: ({ min }) => min },
  { id: "max", label: l10n.t("Max"), numeric: true, text: ({ max }) => figureText(max), sortKey: ({ max }) => max },
  {
    id: "sqnr",
    label: l10n.t("SQNR"),
    numeric: true,
    text: ({ sqnrDb }) => decibelText(sqnrDb),
    sortKey: ({ sqnrDb }) => sqnrDb ?? Infinity,
  },
];
