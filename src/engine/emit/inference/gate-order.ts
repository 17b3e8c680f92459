/** Weights of gates in the order in which the gates of a unit are summed together. */
import type { GateSums } from "../../program/operations/recurrent";
import type { ProgramTensor } from "../../program/program";
import type { LayerArray, LayerCode, Member } from "./layers";
import { channelRequantizations, requantizationArrays } from "./members";

const INT32_MAX = 2 ** 31 - 1;

/**
 * Weights as [directions][units][inputs][gates], all else as [directions][units][gates], with the input's offset in the
 * biases.
 * @returns null for what is not plain bytes, or where a sum of codes without their offset could overflow
 */
export function unitGates(
  sums: GateSums,
  gates: number,
  units: number,
  { codeMin, codeMax }: ProgramTensor,
): (Pick<LayerCode, "arrays"> & { readonly members: readonly Member[] }) | null {
  const { weights, storage, blocks, bias, biasShifts, accumulatorBits, inputOffset } = sums;
  const isPlain = storage.kind === "plain" && blocks === null && weights instanceof Int8Array;
  if (!isPlain || biasShifts !== null || accumulatorBits === 64) return null;
  const inputs = weights.length / bias.length;
  const largest = Math.max(-codeMin, codeMax);
  const ordered = new Int8Array(weights.length);
  const folded = new Int32Array(bias.length);
  const rows = Array.from(bias, (_, at) => rowOf(at, gates, units));
  for (const [at, row] of rows.entries()) {
    let sum = 0;
    let magnitudes = 0;
    for (let i = 0; i < inputs; i++) {
      const weight = weights[row * inputs + i];
      ordered[(Math.floor(at / gates) * inputs + i) * gates + (at % gates)] = weight;
      sum += weight;
      magnitudes += Math.abs(weight);
    }
    folded[at] = bias[row] + inputOffset * sum;
    if (Math.abs(bias[row] + inputOffset * sum) + largest * magnitudes > INT32_MAX) return null;
  }
  const channels = channelRequantizations(sums);
  const arrays: LayerArray[] = [
    { type: "int8_t", suffix: "_weights", values: ordered },
    { type: "int32_t", suffix: "_bias", values: folded },
    ...requantizationArrays(rows.map((row) => channels[row])),
  ];
  return { arrays, members: [...arrays.map(({ suffix }): Member => ["", suffix]), ["inputs", inputs]] };
}

/** The row, of [directions][gates][units], at a place of [directions][units][gates]. */
function rowOf(at: number, gates: number, units: number): number {
  const unit = Math.floor(at / gates);
  return (Math.floor(unit / units) * gates + (at % gates)) * units + (unit % units);
}
