/** Dropout as it is trained. */
import type { NodeProto } from "onnx-buf";
import { makeNode } from "../onnx/build";
import { DataType } from "../onnx/data-types";
import type { FormNodes } from "./form-nodes";

/** What Dropout takes off where it does not say. */
const USUAL_RATIO = 0.5;

/** Bits of a random number: as many as a float holds. */
const BITS = 24;

/** Positions are below it. */
const POSITIONS = 2n ** 31n;

/** Far between the numbers of nodes, and what the finalizer is made for. */
const GOLDEN_RATIO = 0x9e3779b97f4a7c15n;

/** Shifts and factors of the finalizer of SplitMix64 (Steele, Lea, Flood 2014). */
const ROUNDS = [
  { shift: 30n, factor: 0xbf58476d1ce4e5b9n },
  { shift: 27n, factor: 0x94d049bb133111ebn },
];

/**
 * The nodes of one Dropout: elements become 0 by chance, the others grow by 1/(1 − ratio) (Srivastava et al. 2014). Which ones is a hash
 * of their position, of the seed that is fed and of the node's number: a step that is run again drops the same ones.
 * @param seed an int64 scalar of 32 bits
 * @param number of the node among those of the model
 */
export function dropOut(node: NodeProto, seed: string, number: number, forms: FormNodes): void {
  const [x, givenRatio = ""] = node.input;
  const [y, mask = ""] = node.output;
  const add = (opType: string, inputs: readonly string[], attributes = {}) =>
    forms.add(opType, inputs, `${y}_dropout`, attributes);
  const int64 = (value: bigint) => forms.int64(`${y}_dropout`, value);
  const count = add("Size", [x]);
  const positions = add("Reshape", [add("Range", [int64(0n), count, int64(1n)]), add("Shape", [x])]);
  const start = add("Add", [add("Mul", [seed, int64(POSITIONS)]), int64(signed(BigInt(number) * GOLDEN_RATIO))]);
  let hash = add("Add", [positions, start]);
  const shiftedRight = (value: string, by: bigint): string =>
    add("BitShift", [value, add("Cast", [int64(by)], { to: DataType.UINT64 })], { direction: "RIGHT" });
  for (const { shift, factor } of ROUNDS) {
    const word = add("Cast", [hash], { to: DataType.UINT64 });
    const mixed = add("Cast", [add("BitwiseXor", [word, shiftedRight(word, shift)])], { to: DataType.INT64 });
    hash = add("Mul", [mixed, int64(signed(factor))]);
  }
  const highBits = shiftedRight(add("Cast", [hash], { to: DataType.UINT64 }), BigInt(64 - BITS));
  const uniform = add("Mul", [
    add("Cast", [highBits], { to: DataType.FLOAT }),
    forms.scalar(`${y}_dropout`, 2 ** -BITS),
  ]);
  const ratio =
    givenRatio === "" ? forms.scalar(`${y}_dropout`, USUAL_RATIO) : add("Cast", [givenRatio], { to: DataType.FLOAT });
  const kept = mask === "" ? add("GreaterOrEqual", [uniform, ratio]) : mask;
  if (mask !== "") forms.nodes.push(makeNode("GreaterOrEqual", [uniform, ratio], mask));
  const rest = add("Sub", [forms.scalar(`${y}_dropout`, 1), ratio]);
  const factor = add("Div", [add("Cast", [kept], { to: DataType.FLOAT }), rest]);
  forms.nodes.push(makeNode("Mul", [x, factor], y));
}

/** The same 64 bits. */
function signed(word: bigint): bigint {
  return BigInt.asIntN(64, word);
}
