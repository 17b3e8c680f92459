/** Two reports as one document: before and after. */
import { countText, nameText } from "../../protocol/format";
import {
  changeText,
  figureOf,
  type Change,
  type LayerDifference,
  type ReportDifference,
  type TotalDifference,
  type Unit,
  type Verdict,
} from "../../protocol/report-difference";
import type { Report } from "../../protocol/report";
import type { DefinitionId } from "../../protocol/definitions";
import { compareReports } from "./compare-reports";
import type { DocumentCell, DocumentChart, DocumentTable, ReportDocument } from "./document";

export function differenceDocument(before: Report, after: Report): ReportDocument {
  const difference = compareReports(before, after);
  const layers = [...before.layers, ...after.layers];
  return {
    title: `${nameText(after.model.name)}: before and after`,
    lead: leadOf(difference),
    cautions: difference.cautions,
    facts: [],
    totals: totalTable(difference.totals),
    charts: [
      layerChart(difference, "SQNR of the weights, layer by layer", "sqnrChart", "decibels", ({ sqnr }) => sqnr),
    ],
    tables: [layerTable(difference.layers)],
    notes: after.notes,
    schemes: [...new Set(layers.map(({ scheme }) => scheme))],
    models: [before, after].map(({ model }, index) => ({
      label: index === 0 ? "Model before" : "Model after",
      name: nameText(model.name),
      sha256: model.sha256,
    })),
    version: after.generator.version,
  };
}

function leadOf({ before, after, layers }: ReportDifference): string {
  const count = (verdict: Verdict): string => countText(layers.filter(({ sqnr }) => sqnr.verdict === verdict).length);
  const schemes = before.scheme === after.scheme ? after.scheme : `${before.scheme} before, ${after.scheme} after`;
  return `${schemes}. Layers whose SQNR is better: ${count("better")}, worse: ${count("worse")}, the same: ${count("same")}.`;
}

function totalTable(totals: readonly TotalDifference[]): DocumentTable {
  return {
    caption: "The whole model",
    columns: [
      { label: "Figure" },
      { label: "Before", numeric: true },
      { label: "After", numeric: true },
      { label: "Change", numeric: true },
    ],
    rows: totals.map((total): DocumentCell[] => [
      { text: total.label, definition: total.definition },
      ...sides(total, total.unit),
    ]),
  };
}

interface Quantity {
  readonly label: string;
  readonly unit: Unit;
  readonly definition: DefinitionId;
  readonly change: (layer: LayerDifference) => Change;
}

const QUANTITIES: readonly Quantity[] = [
  { label: "SQNR", unit: "decibels", definition: "sqnr", change: ({ sqnr }) => sqnr },
  { label: "Flash", unit: "bytes", definition: "flash", change: ({ bytes }) => bytes },
  { label: "Both", unit: "decibels", definition: "both", change: ({ both }) => both },
  { label: "KL", unit: "nats", definition: "kl", change: ({ kl }) => kl },
];

function layerTable(layers: readonly LayerDifference[]): DocumentTable {
  const known = QUANTITIES.filter(({ change }) =>
    layers.some((layer) => change(layer).before !== null || change(layer).after !== null),
  );
  // What applies to all layers alike stands in the lead.
  const isUniform = new Set(layers.map(schemesOf)).size === 1;
  return {
    caption: `Layers: ${countText(layers.length)}`,
    columns: [
      { label: "Layer" },
      ...(isUniform ? [] : [{ label: "Scheme", definition: "scheme" as const }]),
      ...known.flatMap(({ label, definition }) => [
        { label: `${label} before`, numeric: true, definition },
        { label: "after", numeric: true },
        { label: "change", numeric: true },
      ]),
    ],
    rows: layers.map((layer): DocumentCell[] => [
      { text: nameText(layer.name), isName: true },
      ...(isUniform ? [] : [{ text: schemesOf(layer) }]),
      ...known.flatMap(({ change, unit }) => sides(change(layer), unit)),
    ]),
  };
}

/** What applied before and after, once where it is the same. */
export function schemesOf({ before, after }: LayerDifference): string {
  if (before === after) return after ?? "";
  return `${before ?? "(no such layer)"} → ${after ?? "(no such layer)"}`;
}

function sides(change: Change, unit: Unit): DocumentCell[] {
  return [
    { text: figureOf(change.before, unit) },
    { text: figureOf(change.after, unit) },
    { text: changeText(change, unit), verdict: change.verdict },
  ];
}

function layerChart(
  { layers }: ReportDifference,
  title: string,
  definition: DefinitionId,
  unit: Unit,
  change: (layer: LayerDifference) => Change,
): DocumentChart {
  return {
    title,
    definition,
    series: ["before", "after"],
    rows: layers.map((layer) => {
      const { before, after } = change(layer);
      return {
        name: nameText(layer.name),
        values: [before, after],
        texts: [figureOf(before, unit), figureOf(after, unit)],
      };
    }),
  };
}
