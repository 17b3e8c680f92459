import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldBatchNormalization } from "../../../../src/engine/graph/fold-batch-normalization";
import { findLayers } from "../../../../src/engine/graph/layers";
import type { ModelSource } from "../../../../src/engine/model-source";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import { encodeModel } from "../../../../src/engine/onnx/encode";
import { runPipeline } from "../../../../src/engine/pipeline";
import { parseRecipe } from "../../../../src/engine/recipe";
import { BitwrightError } from "../../../../src/protocol/errors";
import { hasShared } from "../../../shared";
import { sharedModel, shippedModel } from "./real-models";

const RUNS = 700;

/** Of models that are quantized and written in full. */
const PIPELINE_RUNS = 150;

const models: [string, ModelSource][] = ["mnist-lenet5.onnx", "mnist-dscnn-bn.onnx"].map((name) => [
  name,
  shippedModel(name),
]);
if (hasShared) {
  for (const name of [
    "digits16/semeion-lstm.onnx",
    "digits16/usps-tinyvit.onnx",
    "mlperf-tiny/mlperf-kws-dscnn-int8-qdq.onnx",
    "awkward/weights-as-constant-nodes.onnx",
    "awkward/external-data.onnx",
    "mnist/mnist-8-cntk.onnx",
  ]) {
    models.push([name, sharedModel(name)]);
  }
}

type Mutation = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const at = (bytes: Uint8Array, position: number) => Math.floor(position * bytes.length);
const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

/** Positions near an end are drawn more often: that is where a model's structure is, weights are between. */
const position = fc.oneof(
  share,
  share.map((value) => value ** 6),
  share.map((value) => 1 - value ** 6 - Number.EPSILON),
);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(position, fc.nat(7)).map(([place, bit]): Mutation => (bytes) => {
    bytes[at(bytes, place)] ^= 1 << bit;
    return bytes;
  }),
  fc.tuple(position, fc.nat(255)).map(([place, value]): Mutation => (bytes) => {
    bytes[at(bytes, place)] = value;
    return bytes;
  }),
  position.map(
    (place): Mutation =>
      (bytes) =>
        bytes.slice(0, at(bytes, place)),
  ),
  fc.tuple(position, fc.integer({ min: 1, max: 300 })).map(([place, length]): Mutation => (bytes) => {
    const start = at(bytes, place);
    return joined(bytes.subarray(0, start), bytes.subarray(start, start + length), bytes.subarray(start));
  }),
  fc.tuple(position, position, fc.integer({ min: 1, max: 300 })).map(([from, to, length]): Mutation => (bytes) => {
    bytes.copyWithin(at(bytes, to), at(bytes, from), at(bytes, from) + length);
    return bytes;
  }),
);

/** What a mutated model comes to: layers found and the model written again, or a BitwrightError that is not `internal`. */
function outcome(source: ModelSource): "handled" | "refused" {
  try {
    const { model, folds } = foldBatchNormalization(decodeModel(source));
    const { layers, parameters } = findLayers(model, folds);
    for (const layer of layers) {
      expect(layer.weight.values).toHaveLength(layer.layout.channels * layer.layout.perChannel);
      if (layer.bias !== null) expect(layer.bias).toHaveLength(layer.layout.channels);
    }
    expect(parameters).toBeGreaterThanOrEqual(0);
    expect(encodeModel(model).length).toBeGreaterThan(0);
    return "handled";
  } catch (thrown) {
    if (!(thrown instanceof BitwrightError) || thrown.code === "internal") throw thrown;
    return "refused";
  }
}

const recipe = parseRecipe({
  model: "m.onnx",
  weights: { bits: 4 },
  operators: { Conv: { scheme: "affine", bits: 8 } },
  output: { directory: "out", emit: ["weights", "onnx", "report"] },
});

/** What quantizing a mutated model and writing everything comes to. */
async function quantized(source: ModelSource): Promise<"handled" | "refused"> {
  try {
    const { report, artifacts } = await runPipeline(source, recipe, { generatorVersion: "0.0.0", sha256: () => "" });
    expect(artifacts).toHaveLength(4);
    for (const { weights } of report.layers) expect(weights.sqnrDb ?? 0).toSatisfy(Number.isFinite);
    return "handled";
  } catch (thrown) {
    if (!(thrown instanceof BitwrightError) || thrown.code === "internal") throw thrown;
    return "refused";
  }
}

function mutated(source: ModelSource, mutations: readonly Mutation[]): ModelSource {
  const bytes = mutations.reduce(
    (current, mutate) => (current.length === 0 ? current : mutate(current)),
    new Uint8Array(source.bytes),
  );
  return { ...source, bytes };
}

const mutations = fc.array(mutation, { minLength: 1, maxLength: 3 });

describe("a mutated model", () => {
  it.each(models)("of %s is handled or refused", (_, source) => {
    const seen = { handled: 0, refused: 0 };
    fc.assert(
      fc.property(mutations, (chosen) => {
        seen[outcome(mutated(source, chosen))]++;
      }),
      { numRuns: RUNS, seed: 20_240_607 },
    );
    expect(seen.handled).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(0);
  });

  it.each(models.filter(([name]) => !name.includes("qdq")))(
    "of %s is quantized and written, or refused",
    async (_, source) => {
      const seen = { handled: 0, refused: 0 };
      await fc.assert(
        fc.asyncProperty(mutations, async (chosen) => {
          seen[await quantized(mutated(source, chosen))]++;
        }),
        { numRuns: PIPELINE_RUNS, seed: 20_240_608 },
      );
      expect(seen.handled).toBeGreaterThan(0);
      expect(seen.refused).toBeGreaterThan(0);
    },
  );
});
