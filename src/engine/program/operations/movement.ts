/** Operations that move codes and change none. */
import { storedToRowMajor, type Layout } from "../layout";
import type { CodeArray, OperationBase } from "../program";

/**
 * Another order of the same elements, one side of which is row-major. `gather`: the output is visited in order and
 * `layout` says where the input has it; `scatter`: the other way round.
 */
export interface Transposition extends OperationBase {
  readonly kind: "transposition";
  readonly direction: "gather" | "scatter";
  readonly layout: Layout;
}

export function runTransposition({ direction, layout }: Transposition, input: CodeArray, output: CodeArray): void {
  const positions = storedToRowMajor(layout);
  for (let i = 0; i < positions.length; i++) {
    if (direction === "gather") output[i] = input[positions[i]];
    else output[positions[i]] = input[i];
  }
}
