/**
 * Operations that move codes and change none.
 *
 * A rearrangement visits nested loops, outermost first. One side is passed in order; on the other side the code stands at
 * `offset + Σ index · stride`. `gather` writes the output in order, `scatter` reads the input in order. So one operation
 * transposes, slices (offset), repeats (stride 0), joins (scatter into a part of the output) and pads (scatter into what
 * `fill` has been written to).
 */
import type { CodeArray, OperationBase } from "../program";

export interface RearrangementLoop {
  readonly size: number;
  readonly stride: number;
}

export interface Rearrangement extends OperationBase {
  readonly kind: "rearrangement";
  readonly direction: "gather" | "scatter";
  readonly offset: number;
  readonly loops: readonly RearrangementLoop[];
  /** Written to all of the output before; null writes nothing. */
  readonly fill: number | null;
}

export function runRearrangement(operation: Rearrangement, input: CodeArray, output: CodeArray): void {
  const { direction, offset, loops, fill } = operation;
  if (fill !== null) output.fill(fill);
  const count = loops.reduce((product, { size }) => product * size, 1);
  const counter = new Int32Array(loops.length);
  let at = offset;
  for (let i = 0; i < count; i++) {
    if (direction === "gather") output[i] = input[at];
    else output[at] = input[i];
    for (let loop = loops.length - 1; loop >= 0; loop--) {
      const { size, stride } = loops[loop];
      at += stride;
      if (++counter[loop] < size) break;
      at -= size * stride;
      counter[loop] = 0;
    }
  }
}
