/** Two reports side by side. */
import { DEFINITIONS, type DefinitionId } from "../../protocol/definitions";
import { nameText } from "../../protocol/format";
import type { InferenceReport } from "../../protocol/inference";
import { settingsText } from "../../protocol/layer-settings";
import type { LayerReport, Report } from "../../protocol/report";
import type {
  Change,
  ComparedReport,
  Figure,
  LayerDifference,
  ReportDifference,
  TotalDifference,
  Unit,
  Verdict,
} from "../../protocol/report-difference";

/** Differences below it are not shown: a decibel has one decimal, a percentage too, the others are whole. */
const SHOWN_FROM: Readonly<Record<Exclude<Unit, "nats">, number>> = {
  bytes: 1,
  decibels: 0.05,
  share: 0.0005,
  count: 1,
};

/** Share of a sensitivity, which has no unit of its own size. */
const SHOWN_NATS = 1e-3;

type Better = "more" | "less";

interface Total {
  readonly definition: DefinitionId;
  readonly label?: string;
  readonly unit: Unit;
  readonly better: Better;
  readonly figure: (report: Report) => Figure;
}

const TOTALS: readonly Total[] = [
  { definition: "flash", unit: "bytes", better: "less", figure: ({ totals }) => totals.bytes },
  {
    definition: "overallSqnr",
    unit: "decibels",
    better: "more",
    figure: ({ totals }) => ratio(totals.sqnrDb, totals.exact),
  },
  { definition: "accuracy", unit: "share", better: "more", figure: ({ model }) => model.quantizedAccuracy },
  { definition: "agreement", unit: "share", better: "more", figure: ({ model }) => model.agreement },
  {
    definition: "outputSqnr",
    unit: "decibels",
    better: "more",
    figure: ({ model }) => ratio(model.outputSqnrDb, model.outputExact),
  },
  {
    definition: "arena",
    unit: "bytes",
    better: "less",
    figure: ofNetwork(({ arenaBytes, scratchBytes }) => arenaBytes + scratchBytes),
  },
  { definition: "stack", unit: "bytes", better: "less", figure: ofNetwork(({ stackBytes }) => stackBytes) },
  {
    definition: "constants",
    label: "Flash of the network",
    unit: "bytes",
    better: "less",
    figure: ofNetwork(({ flashBytes }) => flashBytes),
  },
  { definition: "macs", unit: "count", better: "less", figure: ofNetwork(({ macs }) => macs) },
];

/** A figure of the network in integers; none where it was not written as such. */
function ofNetwork(figure: (inference: InferenceReport) => number): (report: Report) => Figure {
  return ({ inference }) => (inference === null ? null : figure(inference));
}

/** Layers are matched by their names. */
export function compareReports(before: Report, after: Report): ReportDifference {
  const earlier = new Map(before.layers.map((layer) => [layer.name, layer]));
  const later = new Set(after.layers.map(({ name }) => name));
  const gone = before.layers.filter(({ name }) => !later.has(name));
  return {
    before: comparedReport(before),
    after: comparedReport(after),
    cautions: cautionsOf(before, after),
    totals: TOTALS.flatMap((total) => totalDifference(total, before, after)),
    layers: [
      ...after.layers.map((layer) => layerDifference(earlier.get(layer.name), layer)),
      ...gone.map((layer) => layerDifference(layer, undefined)),
    ],
  };
}

/** One scheme for all quantized layers, or how many. */
export function schemeOf({ layers }: Report): string {
  const schemes = [...new Set(layers.filter(({ settings }) => settings !== null).map(settingsText))];
  if (schemes.length > 1) return `${schemes.length} schemes`;
  return schemes.length === 1 ? nameText(schemes[0]) : "float";
}

/** SQNR of a layer's weights; none where they are left as they are. */
export function weightsSqnr({ settings, weights }: LayerReport): Figure {
  return settings === null ? null : ratio(weights.sqnrDb, weights.exact);
}

function comparedReport(report: Report): ComparedReport {
  const { name, sha256 } = report.model;
  return { model: name, sha256, scheme: schemeOf(report), version: report.generator.version };
}

function cautionsOf(before: Report, after: Report): string[] {
  const cautions: string[] = [];
  if (before.model.sha256 !== after.model.sha256)
    cautions.push("The model files differ: figures of the weights are of other weights.");
  const [earlier, later] = [before.model.evaluationSamples, after.model.evaluationSamples];
  if (earlier !== later && earlier > 0 && later > 0)
    cautions.push(`Noise was measured on ${earlier} samples before and on ${later} after.`);
  if (before.generator.version !== after.generator.version)
    cautions.push("Different versions of Bitwright wrote the reports.");
  return cautions;
}

function totalDifference({ definition, label, unit, better, figure }: Total, before: Report, after: Report) {
  const [earlier, later] = [figure(before), figure(after)];
  if (earlier === null && later === null) return [];
  const shown = label ?? DEFINITIONS[definition].term;
  const total: TotalDifference = { definition, label: shown, unit, ...changeOf(earlier, later, unit, better) };
  return [total];
}

function layerDifference(before: LayerReport | undefined, after: LayerReport | undefined): LayerDifference {
  const of = (figure: (layer: LayerReport) => Figure, unit: Unit, better: Better): Change =>
    changeOf(before === undefined ? null : figure(before), after === undefined ? null : figure(after), unit, better);
  const known = after ?? before;
  return {
    name: known?.name ?? "",
    op: known?.op ?? "",
    before: before === undefined ? null : settingsText(before),
    after: after === undefined ? null : settingsText(after),
    sqnr: of(weightsSqnr, "decibels", "more"),
    bytes: of(({ bytes }) => bytes, "bytes", "less"),
    both: of(({ noise }) => noise && ratio(noise.isolated.bothDb, noise.isolated.exact.both), "decibels", "more"),
    kl: of(({ noise }) => noise?.sensitivity?.klDivergence ?? null, "nats", "less"),
  };
}

function changeOf(before: Figure, after: Figure, unit: Unit, better: Better): Change {
  const [earlier, later] = [magnitude(before), magnitude(after)];
  if (earlier === null || later === null) return { before, after, difference: null, verdict: null };
  const difference = later - earlier;
  const shownFrom = unit === "nats" ? SHOWN_NATS * Math.max(Math.abs(earlier), Math.abs(later)) : SHOWN_FROM[unit];
  const isSame = earlier === later || Math.abs(difference) < shownFrom;
  const verdict: Verdict = isSame ? "same" : difference > 0 === (better === "more") ? "better" : "worse";
  return { before, after, difference: Number.isFinite(difference) ? difference : null, verdict };
}

/** No noise is better than any ratio. */
function magnitude(figure: Figure): number | null {
  return figure === "exact" ? Infinity : figure;
}

function ratio(decibels: number | null, isExact: boolean): Figure {
  return isExact ? "exact" : decibels;
}
