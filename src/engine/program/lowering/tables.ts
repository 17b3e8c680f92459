/** Functions of one code as tables: whole ones for codes of 8 bits, interpolated ones for 16. */
import { quantizeActivations, type ActivationParameters } from "../../activations/parameters";
import { interpolated, type Interpolation } from "../operations/interpolation";
import type { Lookup } from "../operations/lookup";
import { EXACT, type Agreement, type ProgramTensor } from "../program";

type Table =
  Pick<Lookup, "kind" | "table" | "agreement"> | Pick<Interpolation, "kind" | "table" | "shift" | "agreement">;

export interface TableOutput extends ActivationParameters {
  readonly activationMin: number;
  readonly activationMax: number;
}

/** Distances between the entries of a table, tried from the smallest table on: 513 to 4,097 entries. */
const SHIFTS = [7, 6, 5, 4];

/** A function's table for the codes of a tensor. @param compute of a float32 value; the result is rounded to float32 */
export function tableOf(input: ProgramTensor, compute: (x: number) => number, output: TableOutput): Table {
  const isWide = output.codeMin < -128 || output.codeMax > 127;
  if (input.type === "int8") {
    const codes = functionCodes(input, compute, output, -128, 1, 256);
    return { kind: "lookup", agreement: EXACT, table: isWide ? Int16Array.from(codes) : Int8Array.from(codes) };
  }
  const exact = functionCodes(input, compute, output, -32768, 1, 65536);
  let best: Table | null = null;
  for (const shift of SHIFTS) {
    const entries = functionCodes(input, compute, output, -32768, 2 ** shift, 2 ** (16 - shift) + 1);
    const table = Int16Array.from(entries);
    const agreement = compared(exact, (code) => interpolated(table, shift, code));
    if (best === null || (agreement.difference ?? 0) < (best.agreement.difference ?? 0)) {
      best = { kind: "interpolation", table, shift, agreement };
    }
    if ((best.agreement.difference ?? 0) <= 1) break;
  }
  return best!;
}

/** Codes of a function at `count` codes of the input, `step` apart. */
function functionCodes(
  { scale, zeroPoint }: ProgramTensor,
  compute: (x: number) => number,
  output: TableOutput,
  first: number,
  step: number,
  count: number,
): Int32Array {
  const values = Float32Array.from({ length: count }, (_, entry) =>
    compute(Math.fround(scale * (first + step * entry - zeroPoint))),
  );
  const { activationMin, activationMax } = output;
  return quantizeActivations(values, output).map((code) => Math.min(Math.max(code, activationMin), activationMax));
}

function compared(exact: Int32Array, own: (code: number) => number): Agreement {
  let differing = 0;
  let difference = 0;
  exact.forEach((code, entry) => {
    const distance = Math.abs(own(entry - 32768) - code);
    if (distance > 0) differing++;
    difference = Math.max(difference, distance);
  });
  return { checked: "codes", difference, differing };
}
