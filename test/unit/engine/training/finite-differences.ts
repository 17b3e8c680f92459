/** Gradients against central differences, both computed by ONNX Runtime. */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import { elementCount } from "../../../../src/engine/onnx/tensor";
import { decodeFloatTensor } from "../../../../src/engine/onnx/tensor-data";
import { makeValue } from "../../../../src/engine/onnx/build";
import { DataType } from "../../../../src/engine/onnx/data-types";
import { upgradeOpset } from "../../../../src/engine/onnx/upgrade/upgrade";
import { addBackwardPass } from "../../../../src/engine/training/gradients/backward";
import { GradientGraph, OPSET } from "../../../../src/engine/training/gradients/gradient-graph";
import { withTrainableForms } from "../../../../src/engine/training/trainable-forms";
import { withConstantsAsInputs } from "../../../../src/engine/training/trainable-inputs";
import { buildModel, encode, modelSource, randomValues, type ModelParts } from "../onnx/model-builder";

export type Feeds = Record<string, Tensor>;

export interface GradientCheck {
  /** Initializers by which the outputs are differentiated; all float ones unless given. */
  readonly by?: readonly string[];
  readonly feeds?: Feeds;
  /** Step of the differences. Errors shrink with its fourth power where the function is smooth; kinks must be farther away than two. */
  readonly step?: number;
  /** Whether batch normalizations use statistics of the batch. */
  readonly batchStatistics?: boolean;
  /** A graph of the same inputs and outputs whose differences are taken: what a rounding one is, seen straight through. */
  readonly reference?: ModelParts;
}

/**
 * The largest error of the gradient of Σ seed · output by any element, in units of the largest gradient of that value. Seeds are random, so
 * that every element of every output counts.
 */
export async function gradientError(parts: ModelParts, check: GradientCheck = {}): Promise<number> {
  const source = decodeModel(modelSource(parts));
  const upgraded = withTrainableForms(upgradeOpset(source, OPSET), {
    ...(check.batchStatistics === true ? { batchStatistics: () => true } : {}),
  }).model;
  const initializers = new Map(
    upgraded.graph.initializer
      .filter(({ dataType }) => dataType === DataType.FLOAT)
      .map((tensor) => [tensor.name, decodeFloatTensor(tensor, source.source)]),
  );
  const by = check.by ?? [...initializers.keys()];
  const outputs = upgraded.graph.output.map(({ name }) => name);
  const seeds = new Map(outputs.map((name) => [name, `seed of ${name}`]));
  const { model, dims } = withConstantsAsInputs(
    upgraded,
    by,
    Array.from(seeds.values(), (name) => makeValue(name, DataType.FLOAT)),
  );
  const graph = new GradientGraph(model, dims);
  const gradients = addBackwardPass(graph, model.graph.node, by, seeds);
  const values = new Map(by.map((name) => [name, Float32Array.from(initializers.get(name)!.values)]));
  const feeds = (): Feeds => ({
    ...check.feeds,
    ...Object.fromEntries(Array.from(values, ([name, data]) => [name, new Tensor("float32", data, dims.get(name))])),
  });

  const reference = check.reference === undefined ? null : encode(buildModel(check.reference));
  const forward = await InferenceSession.create(reference ?? graph.encode(outputs), { logSeverityLevel: 3 });
  const backward = await InferenceSession.create(graph.encode([...new Set(gradients.values())]), {
    logSeverityLevel: 3,
  });
  try {
    const noSeeds =
      reference === null
        ? Object.fromEntries(Array.from(seeds.values(), (name) => [name, new Tensor("float32", [0], [])] as const))
        : {};
    const first = await forward.run({ ...noSeeds, ...feeds() });
    const seedValues = new Map(
      outputs.map((name, index) => [
        name,
        new Tensor("float32", randomValues(elementCount(first[name].dims), 1 + 99 * index), first[name].dims),
      ]),
    );
    const objective = async (): Promise<number> => {
      const found = await forward.run({ ...noSeeds, ...feeds() });
      let sum = 0;
      for (const [name, seed] of seedValues) {
        const data = found[name].data as Float32Array;
        seed.data.forEach((value, i) => (sum += value * data[i]));
      }
      return sum;
    };
    const seedFeeds = Object.fromEntries(Array.from(seedValues, ([name, seed]) => [seeds.get(name)!, seed]));
    const computed = await backward.run({ ...seedFeeds, ...feeds() });
    const errors = [];
    for (const name of by) {
      const gradient = computed[gradients.get(name) ?? ""];
      if (gradient.dims.join() !== dims.get(name)!.join()) return Infinity;
      errors.push(await errorBy(values.get(name)!, gradient.data as Float32Array, objective, check.step ?? 0.02));
    }
    return Math.max(...errors);
  } finally {
    await forward.release();
    await backward.release();
  }
}

/** Five-point differences of the objective by each element, against the gradient. */
async function errorBy(
  values: Float32Array,
  gradient: Float32Array,
  objective: () => Promise<number>,
  step: number,
): Promise<number> {
  let worst = 0;
  let largest = 1e-3;
  for (let i = 0; i < values.length; i++) {
    const original = values[i];
    const at = async (distance: number) => {
      values[i] = original + distance * step;
      return { x: values[i], y: await objective() };
    };
    const [near, far] = [[await at(1), await at(-1)] as const, [await at(2), await at(-2)] as const];
    values[i] = original;
    const slope = ([a, b]: readonly [{ x: number; y: number }, { x: number; y: number }]) => (a.y - b.y) / (a.x - b.x);
    const difference = (4 * slope(near) - slope(far)) / 3;
    largest = Math.max(largest, Math.abs(difference));
    worst = Math.max(worst, Math.abs(difference - gradient[i]));
  }
  return worst / largest;
}
