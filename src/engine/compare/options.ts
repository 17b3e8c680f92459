/** A comparison as options of an allocation. */
import type { ComparedCell, ComparedLayer, Comparison } from "../../protocol/comparison";
import type { Option } from "./allocation";

/** The options of each layer, for `allocations`. */
export function optionsOf(comparison: Comparison): Option[][] {
  return ownersOf(comparison).map(({ cells }) => options(cells));
}

/** The options of one layer. */
export function options(cells: readonly ComparedCell[]): Option[] {
  return cells.map((cell, candidate) => ({ candidate, bytes: cell.bytes, noise: relativeNoise(cell) }));
}

/** Layers that hold their own weights; the others follow them. */
export function ownersOf({ layers }: { readonly layers: readonly ComparedLayer[] }): ComparedLayer[] {
  return layers.filter(({ sharedWith }) => sharedWith === null);
}

/** Σ(w−ŵ)² / Σw² from decibels. */
export function relativeNoise({ sqnrDb, exact }: { readonly sqnrDb: number | null; readonly exact: boolean }): number {
  return exact || sqnrDb === null ? 0 : 10 ** (-sqnrDb / 10);
}
