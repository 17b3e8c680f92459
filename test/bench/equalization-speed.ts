/** What equalization and bias correction cost. */
import { calibrate } from "../../src/engine/activations/calibrate";
import { activationParameters } from "../../src/engine/activations/parameters";
import { planActivations } from "../../src/engine/activations/plan";
import { modelInput } from "../../src/engine/data/dataset";
import { randomDataset } from "../../src/engine/data/random";
import { toChannelMajor } from "../../src/engine/graph/layout";
import { modelFacts } from "../../src/engine/model-facts";
import { decodeModel } from "../../src/engine/onnx/decode";
import { fitScheme } from "../../src/engine/schemes/registry";
import { parseWeightSettings } from "../../src/engine/recipe";
import { correctBiases } from "../../src/engine/transforms/bias-correction";
import { readModelSource } from "../../src/runtime/model-file";
import { loadOnnxRuntime } from "../../src/runtime/onnxruntime";
import type { Runtime } from "../../src/engine/runtime";
import { findLayers } from "../../src/engine/graph/layers";
import type { OnnxModel } from "../../src/engine/onnx/model";
import type { Samples } from "../../src/engine/activations/run";
import { observeChannels } from "../../src/engine/transforms/channel-ranges";
import { foldDeadChannels } from "../../src/engine/transforms/dead-channels";
import { equalize } from "../../src/engine/transforms/equalize";
import { DEFAULT_EQUALIZATION } from "../../src/engine/transforms/equalization";
import { probeGraph } from "../../src/engine/transforms/graph-facts";
import type { PowerOfTwoCodes } from "../../src/engine/transforms/power-of-two-units";
import { findRegions } from "../../src/engine/transforms/regions";

const RUNS = 3;

/** Processor time of dead channels and two-step equalization, in milliseconds, without the runs over the data: the fastest run. */
export async function transformMilliseconds(
  model: OnnxModel,
  samples: Samples,
  runtime: Runtime,
  codes: PowerOfTwoCodes | null = null,
): Promise<number> {
  const { layers } = findLayers(model);
  const facts = await probeGraph(model, runtime, samples);
  const found = findRegions(model, layers, facts);
  const ranges = await observeChannels(model, found, facts, runtime, { ...samples, count: 2 });
  let fastest = Infinity;
  for (let run = 0; run < RUNS; run++) {
    const start = process.cpuUsage().user;
    const folded = foldDeadChannels(model, findRegions(model, layers, facts), ranges);
    const live = findRegions(folded.model, findLayers(folded.model).layers, facts);
    equalize(folded.model, live, folded.ranges, DEFAULT_EQUALIZATION, codes);
    fastest = Math.min(fastest, (process.cpuUsage().user - start) / 1000);
  }
  return fastest;
}

/** Every layer's largest code, where all have a power of two a tensor. */
export function allPowersOfTwo(model: OnnxModel): PowerOfTwoCodes {
  return { weights: new Map(findLayers(model).layers.map(({ name }) => [name, 127])), activations: 127 };
}

/** @param file ONNX file; random numbers stand in for data, for only the cost is looked at */
export async function measureSpeed(file: string) {
  const model = decodeModel(readModelSource(file));
  const runtime = await loadOnnxRuntime();
  const samples = randomDataset(modelFacts(model, 0).inputs.map(modelInput), 2, 1);
  const { layers } = findLayers(model);
  const plan = planActivations(model, layers);
  const { groups } = await calibrate(model, plan, runtime, samples);
  const parameters = groups.map(({ min, max }) => activationParameters({ scheme: "affine", bits: 8 }, min, max));
  const settings = parseWeightSettings({ granularity: "tensor" });
  const weights = new Map(
    layers.map(({ name, weight, layout }) => [name, fitScheme(toChannelMajor(weight.values, layout), settings)]),
  );
  const { record } = await correctBiases({ model, layers, plan, parameters, weights }, "empirical", runtime, samples);
  return {
    transform: await transformMilliseconds(model, samples, runtime, allPowersOfTwo(model)),
    passesPerTenLayers: (10 * record.forwardPasses) / record.layers.length,
  };
}
