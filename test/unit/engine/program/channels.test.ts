/** Constants of channels, slopes and indices, beside ONNX Runtime. */
import { Tensor } from "onnxruntime-node";
import type { NodeProto, TensorProto } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { floatTensor, int64Tensor, modelSource, node, randomTensor, randomValues, value } from "../onnx/model-builder";
import type { Options } from "../emit/qdq/quantized-model";
import { interpret, networkOf, Reference } from "./networks";

const DIMS = [1, 3, 4, 5];

interface Case {
  readonly operator: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
}

const CONSTANT = floatTensor("k", [3, 1, 1], [0.5, -1.25, 2]);

const CASES: readonly Case[] = [
  ...["Add", "Sub", "Mul", "Div", "PRelu"].map((operator) => ({
    operator,
    nodes: [node(operator, ["c", "k"], ["y"], {}, "line")],
    initializers: [CONSTANT],
  })),
  { operator: "Sub from", nodes: [node("Sub", ["k", "c"], ["y"], {}, "line")], initializers: [CONSTANT] },
  {
    operator: "Gather one",
    nodes: [node("Gather", ["c", "i"], ["y"], { axis: 2 }, "pick")],
    initializers: [int64Tensor("i", [], [-1])],
  },
  {
    operator: "Gather some",
    nodes: [node("Gather", ["c", "i"], ["y"], { axis: 3 }, "pick")],
    initializers: [int64Tensor("i", [3], [4, 2, 0])],
  },
];

async function worstDifference({ nodes, initializers }: Case, options: Options): Promise<number> {
  const conv = node("Conv", ["x", "w"], ["c"], { kernel_shape: [1, 1] }, "first");
  const weights = randomTensor("w", [3, 3, 1, 1], 1);
  const source = modelSource({
    nodes: [conv, ...nodes],
    initializers: [weights, ...initializers],
    inputs: [value("x", DIMS)],
    outputs: ["y"],
  });
  const sample = randomValues(60, 1);
  const network = await networkOf(source, { x: new Tensor("float32", sample, DIMS) }, options);
  const reference = await Reference.of(network);
  const [own] = interpret(network, [sample]);
  const [theirs] = await reference.run([sample]);
  await reference.release();
  return theirs.reduce((most, code, i) => Math.max(most, Math.abs(code - own[i])), 0);
}

describe("constants of channels", () => {
  it.each(CASES)("$operator", async (one) => {
    expect(await worstDifference(one, {})).toBeLessThanOrEqual(1);
  });

  it.each(CASES)("$operator, codes of 16 bits", async (one) => {
    expect(await worstDifference(one, { activations: { scheme: "symmetric", bits: 16 } })).toBeLessThanOrEqual(3);
  });
});
