/** How warm a cell of the grid is. */
import type { ComparedCell } from "../../src/protocol/comparison";

/** Beyond it more decibels change nothing that a network would notice; a few near-exact cells would pale all others. */
const WARMEST_DB = 60;

/** Decibels of the coolest cell and of the warmest colour. */
export interface HeatScale {
  readonly lowest: number;
  readonly highest: number;
}

export function heatScale(cells: readonly ComparedCell[]): HeatScale {
  const levels = cells.flatMap(({ sqnrDb }) => sqnrDb ?? []);
  return {
    lowest: levels.reduce((least, level) => Math.min(least, level), Infinity),
    highest: Math.min(
      WARMEST_DB,
      levels.reduce((most, level) => Math.max(most, level), -Infinity),
    ),
  };
}

/** From 0, the lowest SQNR, to 1, the warmest colour; what is exact is 1. */
export function heatOf(sqnrDb: number | null, { lowest, highest }: HeatScale): number {
  if (sqnrDb === null || highest <= lowest) return 1;
  return Math.min(1, (sqnrDb - lowest) / (highest - lowest));
}
