/** Which layers of a model the side panel lists, and in which order. Knows nothing of VS Code. */
import type { LayerReport } from "../../protocol/report";
import { gradeOf } from "../grade";

export const LAYER_ORDERS = ["graph", "sqnr", "size"] as const;

/** graph: as in the model; sqnr: the lowest first; size: the most bytes of flash first. */
export type LayerOrder = (typeof LAYER_ORDERS)[number];

export interface LayerFilter {
  /** ONNX operators; empty for all. */
  readonly operators: readonly string[];
  /** Only layers whose SQNR is low. */
  readonly lowOnly: boolean;
}

export interface LayerArrangement extends LayerFilter {
  readonly order: LayerOrder;
}

export const EVERY_LAYER: LayerFilter = { operators: [], lowOnly: false };

/**
 * Indices of the layers to list, in the order to list them.
 * @param lowSqnrDb SQNR in dB below which a layer is low
 */
export function arrangedLayers(
  layers: readonly LayerReport[],
  { order, operators, lowOnly }: LayerArrangement,
  lowSqnrDb: number,
): number[] {
  const isWanted = (layer: LayerReport): boolean =>
    (operators.length === 0 || operators.includes(layer.op)) && (!lowOnly || isLow(layer, lowSqnrDb));
  const listed = layers.map((layer, index) => ({ layer, index })).filter(({ layer }) => isWanted(layer));
  if (order === "sqnr") listed.sort((a, b) => shownSqnr(a.layer) - shownSqnr(b.layer) || a.index - b.index);
  if (order === "size") listed.sort((a, b) => b.layer.bytes - a.layer.bytes || a.index - b.index);
  return listed.map(({ index }) => index);
}

/** Whether a layer is marked. */
export function isLow(layer: LayerReport, lowSqnrDb: number): boolean {
  const grade = gradeOf(layer, lowSqnrDb);
  return grade === "low" || grade === "very-low";
}

export function isFilter({ operators, lowOnly }: LayerFilter): boolean {
  return operators.length > 0 || lowOnly;
}

/** What is exact or left in float has no noise, and comes last; the difference of two such must be a number. */
function shownSqnr({ scheme, weights }: LayerReport): number {
  return scheme === "float" ? Number.MAX_VALUE : (weights.sqnrDb ?? Number.MAX_VALUE / 2);
}
