/** `output = table[input + 128]`: every function of one 8-bit code, computed when the program is made. */
import type { CodeArray, OperationBase } from "../program";

export interface Lookup extends OperationBase {
  readonly kind: "lookup";
  /** 256 codes; the first belongs to −128. */
  readonly table: Int8Array | Int16Array;
}

export function runLookup({ table }: Lookup, input: CodeArray, output: CodeArray): void {
  for (let i = 0; i < output.length; i++) output[i] = table[input[i] + 128];
}
