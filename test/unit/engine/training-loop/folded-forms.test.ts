/** Normalizations of steps alone behind layers of every form: folded into scales and biases they compute what their nodes do. */
import { describe, expect, it } from "vitest";
import { withSession } from "../../../../src/engine/activations/run";
import { toChannelMajor, toOnnxOrder } from "../../../../src/engine/graph/layout";
import { encodeModel } from "../../../../src/engine/onnx/encode";
import { upgradeOpset } from "../../../../src/engine/onnx/upgrade/upgrade";
import { prepare } from "../../../../src/engine/prepare";
import { choiceFor } from "../../../../src/engine/recipe";
import { decode } from "../../../../src/engine/schemes/decode";
import { fitScheme } from "../../../../src/engine/schemes/registry";
import { foldableNormalizations, withNormalizations } from "../../../../src/engine/training/foldable-normalizations";
import { ModelRewriter } from "../../../../src/engine/transforms/layer-edits";
import { modelSource, node, randomTensor, randomValues, value, type ModelParts } from "../onnx/model-builder";
import { job, moveFromStart } from "./networks";

interface Form extends Required<Pick<ModelParts, "opset" | "nodes" | "initializers">> {
  readonly name: string;
  readonly input: readonly number[];
  /** Layers with what is normalized. */
  readonly normalized: readonly (readonly [layer: string, output: string])[];
}

const FORMS: readonly Form[] = [
  {
    name: "grouped, depthwise and transposed convolutions",
    opset: 17,
    input: [4, 6, 6],
    nodes: [
      node("Conv", ["x", "w1", "b1"], ["z1"], { group: 2, pads: [1, 1, 1, 1] }, "grouped"),
      node("Relu", ["z1"], ["h1"]),
      node("Conv", ["h1", "w2"], ["z2"], { group: 8, strides: [2, 2] }, "depthwise"),
      node("Relu", ["z2"], ["h2"]),
      node("ConvTranspose", ["h2", "w3", "b3"], ["z3"], { group: 2 }, "transposed"),
      node("Relu", ["z3"], ["h3"]),
      node("Conv", ["h3", "w4"], ["y"], {}, "last"),
    ],
    initializers: [
      randomTensor("w1", [8, 2, 3, 3], 1),
      randomTensor("b1", [8], 2),
      randomTensor("w2", [8, 1, 3, 3], 3),
      randomTensor("w3", [8, 3, 3, 3], 4),
      randomTensor("b3", [6], 5),
      randomTensor("w4", [3, 6, 2, 2], 6),
    ],
    normalized: [
      ["grouped", "z1"],
      ["depthwise", "z2"],
      ["transposed", "z3"],
    ],
  },
  {
    name: "Gemm with factors, and MatMul with and without an Add, without names",
    opset: 17,
    input: [6],
    nodes: [
      node("Gemm", ["x", "w1", "b1"], ["z1"], { alpha: 0.5, beta: { float: 3 } }, "gemm"),
      node("Relu", ["z1"], ["h1"]),
      node("MatMul", ["h1", "w2"], ["m2"]),
      node("Add", ["b2", "m2"], ["z2"]),
      node("Relu", ["z2"], ["h2"]),
      node("MatMul", ["h2", "w3"], ["z3"]),
      node("Relu", ["z3"], ["h3"]),
      node("Gemm", ["h3", "w4"], ["y"], { transB: 1 }, "last"),
    ],
    initializers: [
      randomTensor("w1", [6, 8], 1),
      randomTensor("b1", [1, 8], 2),
      randomTensor("w2", [8, 8], 3),
      randomTensor("b2", [1, 8], 4),
      randomTensor("w3", [8, 8], 5),
      randomTensor("w4", [3, 8], 6),
    ],
    normalized: [
      ["gemm", "z1"],
      ["m2", "z2"],
      ["z3", "z3"],
    ],
  },
  {
    name: "a convolution along one axis in an old operator set, with its bias in an Add",
    opset: 7,
    input: [4, 12],
    nodes: [
      node("Conv", ["x", "w1"], ["c1"], { pads: [1, 1] }, "first"),
      node("Add", ["c1", "b1"], ["z1"]),
      node("Clip", ["z1"], ["h1"], { min: { float: 0 }, max: { float: 6 } }),
      node("Conv", ["h1", "w2"], ["y"], {}, "last"),
    ],
    initializers: [randomTensor("w1", [8, 4, 3], 1), randomTensor("b1", [8, 1], 2), randomTensor("w2", [3, 8, 3], 3)],
    normalized: [["first", "z1"]],
  },
  {
    name: "weights on the left, and an output with several readers",
    opset: 17,
    input: [6, 5],
    nodes: [
      node("MatMul", ["w1", "x"], ["m1"], {}, "left"),
      node("Add", ["m1", "b1"], ["z1"]),
      node("Relu", ["z1"], ["h1"]),
      node("Sub", ["h1", "z1"], ["d1"]),
      node("MatMul", ["w2", "d1"], ["y"], {}, "last"),
    ],
    initializers: [randomTensor("w1", [8, 6], 1), randomTensor("b1", [8, 1], 2), randomTensor("w2", [3, 8], 3)],
    normalized: [["left", "z1"]],
  },
];

const SAMPLES = 40;

describe("normalizations of steps alone, folded", () => {
  it.each(FORMS)("$name", async ({ nodes, initializers, opset, input, normalized }) => {
    const inputs = [value("x", ["n", ...input])];
    const source = modelSource({ nodes, initializers, inputs, outputs: ["y"], opset });
    const prepared = prepare(source);
    const model = upgradeOpset(prepared.model, 13);
    const { recipe, runtime } = await job({ weights: { scheme: "ceil", bits: 2 } }, {});
    const size = input.reduce((product, dim) => product * dim, 1);
    const values = randomValues(SAMPLES * size, 7);
    const read = (start: number, length: number) => {
      const data = values.slice(start * size, (start + length) * size);
      return Promise.resolve({ x: { type: "float32", dims: [length, ...input], data } });
    };
    const choose = (layer: (typeof prepared.layers)[number]) => choiceFor(recipe, layer);
    const samples = { count: SAMPLES, fixedBatch: null, read };
    const normalizations = await foldableNormalizations(prepared, choose, () => true, runtime, samples);
    expect(normalizations.map(({ layer, output }) => [layer.name, output])).toEqual(normalized);
    moveFromStart(normalizations);
    const rewriters = { nodes: new ModelRewriter(model), folded: new ModelRewriter(model) };
    for (const normalization of normalizations) {
      const { layer } = normalization;
      const choice = choose(layer);
      if (choice.keep === "float") throw new Error("all layers have codes here");
      const codes = fitScheme(toChannelMajor(layer.weight.values, layer.layout), choice.settings);
      const bias = layer.bias ?? new Float32Array(layer.layout.channels);
      const weights = toOnnxOrder(decode(codes), layer.layout);
      rewriters.nodes.change({ layer, weights, bias });
      const foldedWeights = toOnnxOrder(decode(normalization.folded(codes)), layer.layout);
      rewriters.folded.change({ layer, weights: foldedWeights, bias: normalization.foldedBias(bias) });
    }
    const answers = await Promise.all(
      [withNormalizations(rewriters.nodes.finish(), normalizations).model, rewriters.folded.finish()].map((one) =>
        withSession(runtime, encodeModel(one), async (session) => {
          const { y } = await session.run(await read(0, SAMPLES), ["y"]);
          return Array.from(y.data, Number);
        }),
      ),
    );
    const largest = Math.max(...answers[0].map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    answers[1].forEach((answer, i) => {
      expect(Math.abs(answer - answers[0][i])).toBeLessThan(1e-5 * largest);
    });
  });
});
