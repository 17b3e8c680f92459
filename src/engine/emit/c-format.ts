/** How numbers, shapes and macros are written in generated C. */
import type { WeightFigures } from "../../protocol/report";

/** Significant digits of real numbers in comments. */
const COMMENT_DIGITS = 6;

/** A real number for a comment, to six significant digits. */
export function numberText(value: number): string {
  return String(Number(value.toPrecision(COMMENT_DIGITS)));
}

/** `[16][3][3][8]`; `[]` for a scalar. */
export function shapeText(dims: readonly number[]): string {
  return dims.length === 0 ? "[]" : dims.map((dim) => `[${dim}]`).join("");
}

export function sqnrText({ sqnrDb, exact }: Pick<WeightFigures, "sqnrDb" | "exact">): string {
  if (exact) return "exact";
  return sqnrDb === null ? "undefined" : `${sqnrDb.toFixed(2)} dB`;
}

/** An integer as a macro's value: a negative one is parenthesised. */
export function macroInteger(value: number): string {
  return value < 0 ? `(${value})` : String(value);
}

/** `#define` lines with their values in one column. */
export function alignedDefines(defines: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...defines.map(([name]) => name.length));
  return defines.map(([name, value]) => `#define ${name.padEnd(width)} ${value}`);
}
