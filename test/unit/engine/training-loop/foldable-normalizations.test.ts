/** Batch normalizations behind layers with codes, which are nodes in steps alone. */
import { describe, expect, it } from "vitest";
import type { Layer } from "../../../../src/engine/graph/layer";
import { toChannelMajor, toOnnxOrder } from "../../../../src/engine/graph/layout";
import { modelFacts } from "../../../../src/engine/model-facts";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import type { OnnxModel } from "../../../../src/engine/onnx/model";
import { prepare } from "../../../../src/engine/prepare";
import { choiceFor } from "../../../../src/engine/recipe";
import { decode } from "../../../../src/engine/schemes/decode";
import { fitScheme } from "../../../../src/engine/schemes/registry";
import { channelStatistics } from "../../../../src/engine/training/channel-statistics";
import { modelScore } from "../../../../src/engine/training/deployed";
import {
  FoldableNormalization,
  foldableNormalizations,
  withNormalizations,
} from "../../../../src/engine/training/foldable-normalizations";
import { SampleReader } from "../../../../src/engine/training/samples";
import { memoryFor, TrainedWeights } from "../../../../src/engine/training/trained-weights";
import { trainModel } from "../../../../src/engine/training/train";
import { TrainedBias } from "../../../../src/engine/training/trained-bias";
import { histogramOf } from "../../../../src/engine/training/weights-histogram";
import { ModelRewriter } from "../../../../src/engine/transforms/layer-edits";
import { modelSource, node, randomTensor, sourceOf, value } from "../onnx/model-builder";
import { CLASSES, INPUTS, job, moveFromStart, perceptron, points, residual } from "./networks";

const SETTINGS = { batchNormalization: "batch", epochs: 8 };

/** Its layers are known by what they put out. */
const WITHOUT_BIAS = modelSource({
  nodes: [node("MatMul", ["x", "w1"], ["z1"]), node("Relu", ["z1"], ["h1"]), node("MatMul", ["h1", "w2"], ["y"])],
  initializers: [randomTensor("w1", [INPUTS, 16], 1), randomTensor("w2", [16, CLASSES], 2)],
  inputs: [value("x", ["n", INPUTS])],
  outputs: [value("y", ["n", CLASSES])],
});

const operators = (bytes: Uint8Array): string[] => decodeModel(sourceOf(bytes)).graph.node.map(({ opType }) => opType);

/** Normalizations of a network with codes, its statistics and parameters moved away from where they start. */
async function moved(scheme: string): Promise<{
  readonly normalizations: readonly FoldableNormalization[];
  readonly quantized: OnnxModel;
  readonly folded: OnnxModel;
}> {
  const prepared = prepare(residual());
  const { recipe, runtime } = await job({ weights: { scheme, bits: 2 } }, SETTINGS);
  const choose = (layer: (typeof prepared.layers)[number]) => choiceFor(recipe, layer);
  const { samples } = points(100, 7);
  const normalizations = await foldableNormalizations(prepared, choose, () => true, runtime, samples);
  moveFromStart(normalizations);
  const rewriters = [new ModelRewriter(prepared.model), new ModelRewriter(prepared.model)];
  for (const layer of prepared.layers) {
    const choice = choose(layer);
    if (choice.keep === "float") throw new Error("all layers have codes here");
    const codes = fitScheme(toChannelMajor(layer.weight.values, layer.layout), choice.settings);
    const normalization = normalizations.find((one) => one.layer === layer);
    const inOrder = (values: Float32Array) => toOnnxOrder(values, layer.layout);
    rewriters[0].change({ layer, weights: inOrder(decode(codes)) });
    rewriters[1].change({
      layer,
      weights: inOrder(decode(normalization?.folded(codes) ?? codes)),
      bias: normalization?.foldedBias(layer.bias!),
    });
  }
  return { normalizations, quantized: rewriters[0].finish(), folded: rewriters[1].finish() };
}

describe("normalizations of steps alone", () => {
  it.each(["ceil", "symmetric", "affine"])("of %s are in scales and biases what they are as nodes", async (scheme) => {
    const { normalizations, quantized, folded } = await moved(scheme);
    expect(normalizations.map(({ layer }) => layer.name)).toEqual(["fc1", "fc2"]);
    const { model } = withNormalizations(quantized, normalizations);
    const { runtime } = await job({}, SETTINGS);
    const { samples, targets } = points(100, 8);
    const reader = await SampleReader.open(samples);
    const judged = { reader, targets: targets!, indices: Uint32Array.from({ length: 100 }, (_, i) => i) };
    const [asNodes, asScales, without] = await Promise.all(
      [model, folded, quantized].map((one) => modelScore(one, "cross-entropy", judged, runtime)),
    );
    expect(asScales.loss).toBeCloseTo(asNodes.loss, 5);
    expect(Math.abs(without.loss - asNodes.loss)).toBeGreaterThan(0.01);
  });

  it("start as what changes nothing", async () => {
    const prepared = prepare(perceptron());
    const { recipe, runtime } = await job({ weights: { scheme: "ceil", bits: 1 } }, SETTINGS);
    const { samples } = points(100, 7);
    const choose = (layer: (typeof prepared.layers)[number]) => choiceFor(recipe, layer);
    const [first] = await foldableNormalizations(prepared, choose, () => true, runtime, samples);
    const bias = Float32Array.from(first.means, (_, i) => i / 10);
    first.foldedBias(bias).forEach((value, i) => {
      expect(value).toBeCloseTo(bias[i], 6);
    });
    first.foldedScales(new Float64Array(bias.length).fill(1)).forEach((factor) => {
      expect(factor).toBeCloseTo(1, 6);
    });
  });

  it("measure means and variances over all samples, however many run at a time", async () => {
    const { samples, values } = points(100, 9);
    const { runtime } = await job({}, SETTINGS);
    const model = decodeModel(perceptron());
    const [{ name }] = modelFacts(model, 0).inputs;
    const [{ means, variances }] = await channelStatistics(model, [name], runtime, samples);
    means.forEach((mean, channel) => {
      const column = values.filter((_, i) => i % means.length === channel);
      const expected = column.reduce((sum, value) => sum + value, 0) / column.length;
      const variance = column.reduce((sum, value) => sum + (value - expected) ** 2, 0) / column.length;
      expect(mean).toBeCloseTo(expected, 5);
      expect(variances[channel]).toBeCloseTo(variance, 5);
    });
  });
});

describe("a bias that a normalization becomes part of", () => {
  it("is rounded where it is folded, and not in steps, whose running mean it is part of", async () => {
    const { normalizations } = await moved("ceil");
    const [normalization] = normalizations;
    const unit = { weightScales: () => Float64Array.of(0.7), inputScale: () => 0.5, floatForward: false };
    const bias = new TrainedBias(normalization.layer, false, unit, normalization);
    bias.forward(true);
    expect(bias.fed).toEqual(normalization.layer.bias);
    bias.forward(false);
    normalization.foldedBias(bias.values).forEach((folded, i) => {
      expect(bias.fed[i] / 0.35).toBeCloseTo(Math.round(folded / 0.35), 5);
    });
  });
});

describe("the histogram of a normalized layer", () => {
  it("has weights and levels alike without the normalization", async () => {
    const { normalizations } = await moved("symmetric");
    const [normalization] = normalizations;
    const { layer } = normalization;
    const { recipe } = await job({ weights: { scheme: "symmetric", bits: 2 } }, {});
    const choice = choiceFor(recipe, layer);
    if (choice.keep === "float") throw new Error("all layers have codes here");
    const tied = { layers: [layer], settings: choice.settings };
    const weights = new TrainedWeights(tied, { trainsScales: true, sharing: null }, memoryFor([tied]), normalization);
    const { channel, levels } = histogramOf(layer.name, 1, [weights])!.grid!;
    const { perChannel } = layer.layout;
    const decoded = weights.decoded.subarray(channel! * perChannel, (channel! + 1) * perChannel);
    const rounded = levels.map(Math.fround);
    expect([...decoded].filter((weight) => !rounded.includes(weight))).toEqual([]);
  });
});

describe("scores", () => {
  it("are not normalized where layers that the loss does not look at read them", async () => {
    const source = modelSource({
      nodes: [
        node("Gemm", ["x", "w1"], ["z1"], {}, "fc1"),
        node("Relu", ["z1"], ["h1"]),
        node("Gemm", ["h1", "w2"], ["y"], {}, "fc2"),
        node("Gemm", ["y", "w3"], ["other"], {}, "fc3"),
      ],
      initializers: [
        randomTensor("w1", [INPUTS, 16], 1),
        randomTensor("w2", [16, CLASSES], 2),
        randomTensor("w3", [CLASSES, 2], 3),
      ],
      inputs: [value("x", ["n", INPUTS])],
      outputs: [value("y", ["n", CLASSES]), value("other", ["n", 2])],
    });
    const { recipe, runtime } = await job({ weights: { scheme: "ceil", bits: 2 } }, SETTINGS);
    const { samples } = points(100, 7);
    const choose = (layer: Layer) => choiceFor(recipe, layer);
    const found = await foldableNormalizations(prepare(source), choose, () => true, runtime, samples);
    expect(found.map(({ layer }) => layer.name)).toEqual(["fc1"]);
  });
});

it("leave scales free: the SQNR of weights does not depend on them", async () => {
  const [layer] = prepare(perceptron()).layers;
  const choice = choiceFor((await job({ weights: { scheme: "ceil", bits: 1 } }, SETTINGS)).recipe, layer);
  if (choice.keep === "float") throw new Error("the layer has codes here");
  const tied = { layers: [layer], settings: choice.settings };
  const { channels } = layer.layout;
  const still = { means: new Float64Array(channels), variances: new Float64Array(channels).fill(1) };
  const ratios = [null, new FoldableNormalization(layer, "z1", still)].map((normalization) => {
    const weights = new TrainedWeights(tied, { trainsScales: true, sharing: null }, memoryFor([tied]), normalization);
    return [0, 0.5].map((factor) => {
      weights.quantizer?.trained.fill(factor);
      weights.forward(true);
      return weights.noise().sqnr().sqnrDb!;
    });
  });
  const [[fitted, scaled], [free, scaledToo]] = ratios;
  expect(scaled).toBeLessThan(fitted - 1);
  expect(free).toBeCloseTo(fitted, 6);
  expect(scaledToo).toBeCloseTo(free, 6);
});

describe("training with normalizations of steps alone", () => {
  it.each([
    [{ scheme: "ceil", bits: 1 }, undefined],
    [{ scheme: "symmetric", bits: 2 }, undefined],
    [{ scheme: "affine", bits: 3 }, undefined],
    [
      { scheme: "affine", bits: 3 },
      { scheme: "affine", bits: 8 },
    ],
    [
      { scheme: "ceil", bits: 2 },
      { scheme: "ceil", bits: 4 },
    ],
    [
      { scheme: "symmetric", bits: 3 },
      { scheme: "affine", bits: 8 },
    ],
  ])(
    "with weights of %j and activations of %j: what the loop scored is what is deployed",
    async (weights, activations) => {
      const recipe = { weights, ...(activations === undefined ? {} : { activations }) };
      const { report, bytes } = await trainModel({ ...(await job(recipe, SETTINGS)), source: residual() });
      expect(report.best.accuracy!).toBeGreaterThan(report.before.accuracy!);
      expect(report.deployed.accuracy).toBe(report.best.accuracy);
      expect(report.deployed.loss).toBeCloseTo(report.best.loss, 5);
      expect(operators(bytes)).toEqual(decodeModel(residual()).graph.node.map(({ opType }) => opType));
    },
  );

  it.each([
    [{ scheme: "ceil", bits: 1 }, {}, true],
    [{ scheme: "ceil", bits: 1 }, { batchNormalization: "batch" }, false],
    [{ scheme: "ceil", bits: 1, granularity: "tensor" }, {}, false],
    [{ scheme: "symmetric", bits: 8 }, {}, false],
    [{ scheme: "ceil", bits: 1 }, { trained: "biases" }, false],
  ])("with weights of %j and %j: the report wants it, %s", async (weights, settings, wants) => {
    const given = await job({ weights }, { epochs: 1, learningRate: 1e-9, ...settings });
    const float = await trainModel(await job({ layers: { "*": { keep: "float" } } }, { epochs: 20 }));
    const { report } = await trainModel({ ...given, source: sourceOf(float.bytes) });
    expect(report.wantsNormalization).toBe(wants);
  });

  it("goes on from a checkpoint as if never interrupted", async () => {
    const recipe = { weights: { scheme: "ceil", bits: 2 }, activations: { scheme: "affine", bits: 8 } };
    const checkpoints: Uint8Array[] = [];
    const checkpoint = (bytes: Uint8Array) => void checkpoints.push(bytes.slice());
    const whole = await trainModel(await job(recipe, SETTINGS, { checkpoint }));
    const resumed = await trainModel({ ...(await job(recipe, SETTINGS)), resumeFrom: checkpoints[3] });
    expect(resumed.bytes).toEqual(whole.bytes);
    expect(resumed.report).toEqual(whole.report);
  });

  it("gives a layer without a bias one, and leaves it its name", async () => {
    const recipe = {
      weights: { scheme: "symmetric", bits: 2 },
      layers: { z1: { bits: 3 } },
      activations: { scheme: "affine", bits: 8 },
    };
    const { bytes, report } = await trainModel({ ...(await job(recipe, SETTINGS)), source: WITHOUT_BIAS });
    expect(report.deployed.accuracy).toBe(report.best.accuracy);
    const { layers } = prepare(sourceOf(bytes));
    expect(layers.map(({ name }) => name)).toEqual(["z1", "y"]);
    expect(layers[0].bias).not.toBeNull();
  });

  it.each([
    { scheme: "ceil", bits: 2, granularity: "tensor" },
    { scheme: "pow2", bits: 4 },
    { scheme: "block", bits: 4, granularity: "block", blockSize: 4 },
  ])("refuses %j, whose scales are not free, by the layer's name", async (weights) => {
    await expect(trainModel(await job({ weights }, SETTINGS))).rejects.toMatchObject({
      code: "recipe-invalid",
      place: { layer: "fc1", field: "batchNormalization" },
    });
  });

  it.each([
    ["biases alone are trained", {}, { trained: "biases" }],
    ["the last layer alone is trained", {}, { trained: ["fc2"] }],
    ["the others stay float", { layers: { fc1: { keep: "float" } } }, {}],
    ["activations alone have codes", { layers: { "*": { keep: "float" } }, activations: { scheme: "affine" } }, {}],
  ])("is refused where %s", async (_, recipe, settings) => {
    const given = await job({ weights: { scheme: "ceil", bits: 2 }, ...recipe }, { ...SETTINGS, ...settings });
    await expect(trainModel(given)).rejects.toMatchObject({
      code: "recipe-invalid",
      place: { field: "batchNormalization" },
    });
  });
});
