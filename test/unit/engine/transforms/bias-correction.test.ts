import { beforeAll, describe, expect, it } from "vitest";
import { floatsOf } from "../../../../src/engine/activations/run";
import { addQuantizedNetwork } from "../../../../src/engine/analysis/noise/cumulative";
import type { QuantizedNetwork } from "../../../../src/engine/analysis/noise/network";
import { GraphEdit } from "../../../../src/engine/graph/edit";
import type { Runtime } from "../../../../src/engine/runtime";
import { correctBiases } from "../../../../src/engine/transforms/bias-correction";
import { loadOnnxRuntime } from "../../../../src/runtime/onnxruntime";
import { quantizeNetwork, randomSamples } from "../activations/networks";
import { modelSource, node, randomTensor, value, type ModelParts } from "../onnx/model-builder";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await loadOnnxRuntime();
});

const LAYERS = 7;
const samples = randomSamples("x", [4, 6, 6], 12);

/** Depthwise and pointwise convolutions in turns, and a dense layer. */
function network(): ModelParts {
  const nodes = Array.from({ length: LAYERS - 1 }, (_, i) => [
    node(
      "Conv",
      [i === 0 ? "x" : `r${i - 1}`, `w${i}`, `b${i}`],
      [`a${i}`],
      i % 2 === 0 ? { group: 4 } : {},
      `conv${i}`,
    ),
    node("Relu", [`a${i}`], [`r${i}`]),
  ]).flat();
  const initializers = Array.from({ length: LAYERS - 1 }, (_, i) => [
    randomTensor(`w${i}`, i % 2 === 0 ? [4, 1, 1, 1] : [4, 4, 1, 1], 11 + i),
    randomTensor(`b${i}`, [4], 31 + i),
  ]).flat();
  return {
    nodes: [
      ...nodes,
      node("GlobalAveragePool", [`r${LAYERS - 2}`], ["g"]),
      node("Flatten", ["g"], ["f"]),
      node("Gemm", ["f", "w", "b"], ["y"], {}, "dense"),
    ],
    initializers: [...initializers, randomTensor("w", [4, 3], 51), randomTensor("b", [3], 52)],
    inputs: [value("x", ["N", 4, 6, 6])],
  };
}

const quantized = (parts: Partial<ModelParts> = {}) =>
  quantizeNetwork(
    modelSource({ ...network(), ...parts }),
    runtime,
    samples,
    { scheme: "affine", bits: 8 },
    3,
    "tensor",
  );

/** Mean of every output over the samples. */
async function meanOutputs(subject: QuantizedNetwork, isQuantized: boolean): Promise<number[]> {
  const edit = new GraphEdit(subject.model);
  const output = (isQuantized ? addQuantizedNetwork(edit, subject).get("y") : undefined) ?? "y";
  edit.addOutput(output);
  const session = await runtime.createSession(edit.encode(), { keepsRounding: true });
  const rows = floatsOf(await session.run(await samples.read(0, samples.count)), output);
  await session.release();
  const width = rows.length / samples.count;
  return Array.from({ length: width }, (_, column) => {
    return rows.filter((_row, i) => i % width === column).reduce((sum, row) => sum + row, 0) / samples.count;
  });
}

describe("bias correction", () => {
  it.each(["empirical", "analytic"] as const)("%s lowers the error of every layer that it keeps", async (method) => {
    const { network: before } = await quantized();
    const { record } = await correctBiases(before, method, runtime, samples);
    expect(record.layers).toHaveLength(LAYERS);
    expect(record.layers.some(({ kept }) => kept)).toBe(true);
    for (const { kept, errorBefore, errorAfter } of record.layers) expect(kept).toBe(errorAfter < errorBefore);
    expect(record.forwardPasses).toBeLessThanOrEqual(4 * Math.ceil(LAYERS / 10));
  });

  it("finds in an old operator set what it finds in a new one", async () => {
    const corrections = async (parts: Partial<ModelParts>) => {
      const { network: before } = await quantized(parts);
      const { record } = await correctBiases(before, "empirical", runtime, samples);
      return record.layers.map(({ layer, correction }) => ({ layer, correction }));
    };
    expect(await corrections({ opset: 7 })).toEqual(await corrections({}));
  });

  it("empirical brings the mean of the outputs nearer to the float network's", async () => {
    const { network: before } = await quantized();
    const { network: after } = await correctBiases(before, "empirical", runtime, samples);
    const float = await meanOutputs(before, false);
    const distance = (means: readonly number[]) => Math.hypot(...means.map((mean, i) => mean - float[i]));
    const uncorrected = distance(await meanOutputs(before, true));
    expect(uncorrected).toBeGreaterThan(0);
    expect(distance(await meanOutputs(after, true))).toBeLessThan(uncorrected / 4);
  });

  it("changes biases only, not the model that it was given", async () => {
    const { network: before } = await quantized();
    const { network: after } = await correctBiases(before, "empirical", runtime, samples);
    after.layers.forEach(({ weight }, i) => expect(weight.values).toEqual(before.layers[i].weight.values));
    expect(before.model.graph.initializer.map(({ name }) => name)).not.toContain("w0_bias");
  });

  it("asks for samples", async () => {
    const { network: before } = await quantized();
    await expect(correctBiases(before, "empirical", runtime, { ...samples, count: 0 })).rejects.toMatchObject({
      code: "data-too-few",
    });
  });
});
