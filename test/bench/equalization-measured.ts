/** What `equalization.mjs` runs: networks quantized with one scale a tensor after every combination of transforms. */
import { activationParameters, type ActivationSettings } from "../../src/engine/activations/parameters";
import { calibrate } from "../../src/engine/activations/calibrate";
import { planActivations } from "../../src/engine/activations/plan";
import { chooseRange } from "../../src/engine/activations/ranges";
import { runBatch, withSession } from "../../src/engine/activations/run";
import { equalizationBoundDb } from "../../src/engine/analysis/noise/bound";
import { addQuantizedNetwork } from "../../src/engine/analysis/noise/cumulative";
import { measureIsolated } from "../../src/engine/analysis/noise/isolated";
import type { QuantizedNetwork } from "../../src/engine/analysis/noise/network";
import { NoisePower } from "../../src/engine/analysis/sqnr";
import { modelInput, type Dataset } from "../../src/engine/data/dataset";
import { foldBatchNormalization } from "../../src/engine/graph/fold-batch-normalization";
import { GraphEdit } from "../../src/engine/graph/edit";
import { findLayers } from "../../src/engine/graph/layers";
import { toChannelMajor } from "../../src/engine/graph/layout";
import { modelFacts } from "../../src/engine/model-facts";
import { decodeModel } from "../../src/engine/onnx/decode";
import type { OnnxModel } from "../../src/engine/onnx/model";
import type { Runtime, RuntimeTensor } from "../../src/engine/runtime";
import { fitScheme } from "../../src/engine/schemes/registry";
import { correctBiases, type BiasCorrectionMethod } from "../../src/engine/transforms/bias-correction";
import { observeChannels } from "../../src/engine/transforms/channel-ranges";
import { foldDeadChannels } from "../../src/engine/transforms/dead-channels";
import { equalize } from "../../src/engine/transforms/equalize";
import { DEFAULT_EQUALIZATION } from "../../src/engine/transforms/equalization";
import { probeGraph } from "../../src/engine/transforms/graph-facts";
import { findRegions } from "../../src/engine/transforms/regions";
import { planWithChannelBounds } from "../../src/engine/transforms/plan-with-channel-bounds";
import { transformNetwork, type TransformedModel, type TransformOptions } from "../../src/engine/transforms/transform";
import { openDataset } from "../../src/runtime/dataset";
import { readModelSource } from "../../src/runtime/model-file";
import { loadOnnxRuntime } from "../../src/runtime/onnxruntime";
import type { BenchNetwork } from "./equalization-networks";

export { NETWORKS } from "./equalization-networks";
export { resultsDocument } from "./equalization-document";

export interface Measured {
  readonly what: string;
  readonly scales: "free" | "power of two";
  readonly biasCorrection: BiasCorrectionMethod | "none";
  /** Percent; null without labels. */
  readonly accuracy: number | null;
  /** Samples for which the original float network chooses the same class, percent; null without classes. */
  readonly agreement: number | null;
  /** Of the first output, against the original float network. */
  readonly outputDb: number | null;
  /** Mean over the layers, isolated; null where it was not measured. */
  readonly layerDb: number | null;
}

export interface NetworkResult {
  readonly network: BenchNetwork;
  readonly calibrationSamples: number;
  readonly evaluationSamples: number;
  readonly floatAccuracy: number | null;
  /** Mean over the layers of the optimal equalization of the original network. */
  readonly boundDb: number;
  readonly deadChannels: number;
  readonly channels: number;
  readonly rows: readonly Measured[];
}

interface Variant {
  readonly what: string;
  readonly options: TransformOptions;
  readonly corrections: readonly (BiasCorrectionMethod | "none")[];
}

const LAYER_SAMPLES = 16;
const BATCH = 16;
const TIMED_RUNS = 3;
const AFFINE: ActivationSettings = { scheme: "affine", bits: 8 };
const POWER_OF_TWO: ActivationSettings = { scheme: "pow2", bits: 8 };

export async function measureNetwork(
  network: BenchNetwork,
  shared: string,
  log: (line: string) => void,
): Promise<NetworkResult> {
  const runtime = await loadOnnxRuntime();
  const { model } = foldBatchNormalization(decodeModel(readModelSource(`${shared}/models/${network.model}`)));
  const { calibration, evaluation } = await openData(network, model, `${shared}/data`);
  const output = model.graph.output[0].name;
  const float = await outputsOf(floatGraph(model, output), output, evaluation, runtime);
  const { labels } = evaluation;
  const accuracyOf = (rows: readonly Float32Array[]) => labels && percent(rows, (row, i) => largest(row) === labels[i]);
  const rows: Measured[] = [];
  let boundDb = 0;
  let deadChannels = 0;
  let passesPerTen = 0;
  for (const { what, options, corrections } of variants(network)) {
    const transformed = await transformNetwork(model, options, runtime, calibration);
    if (what === "two-step") {
      deadChannels = transformed.record.deadChannels.layers.reduce((sum, { zeroed }) => sum + zeroed.length, 0);
    }
    const settings = what.startsWith("pow2") ? POWER_OF_TWO : AFFINE;
    const { quantized, layerDb, bound } = await quantize(transformed, settings, calibration, runtime);
    if (what === "none") boundDb = bound;
    for (const biasCorrection of corrections) {
      let subject = quantized;
      if (biasCorrection !== "none") {
        const { network: corrected, record } = await correctBiases(quantized, biasCorrection, runtime, calibration);
        subject = corrected;
        if (biasCorrection === "empirical") passesPerTen = (10 * record.forwardPasses) / record.layers.length;
      }
      const { bytes, name } = quantizedGraph(subject, output);
      const found = await outputsOf(bytes, name, evaluation, runtime);
      const row: Measured = {
        what: what.replace("pow2 ", ""),
        scales: settings === AFFINE ? "free" : "power of two",
        biasCorrection,
        accuracy: accuracyOf(found),
        agreement: network.classifies ? percent(found, (item, i) => largest(item) === largest(float[i])) : null,
        outputDb: ratioDb(float, found),
        layerDb: biasCorrection === "none" ? layerDb : null,
      };
      rows.push(row);
      log(`${network.id} ${JSON.stringify(row)}`);
    }
  }
  const transformMs = await transformTime(model, calibration, runtime);
  log(
    `${network.id}: the transform takes ${transformMs.toFixed(0)} ms of one core, bias correction ${passesPerTen.toFixed(1)} passes for 10 layers`,
  );
  await calibration.close();
  await evaluation.close();
  return {
    network,
    calibrationSamples: calibration.count,
    evaluationSamples: evaluation.count,
    floatAccuracy: accuracyOf(float),
    boundDb,
    deadChannels,
    channels: findLayers(model).layers.reduce((sum, { layout }) => sum + layout.channels, 0),
    rows,
  };
}

/** Processor time of dead channels and two-step equalization, in milliseconds, without the runs over the data: the fastest run. */
async function transformTime(model: OnnxModel, calibration: Dataset, runtime: Runtime): Promise<number> {
  const { layers } = findLayers(model);
  const facts = await probeGraph(model, runtime, calibration);
  const found = findRegions(model, layers, facts);
  const ranges = await observeChannels(model, found, facts, runtime, { ...calibration, count: 2 });
  let fastest = Infinity;
  for (let run = 0; run < TIMED_RUNS; run++) {
    const start = process.cpuUsage().user;
    const folded = foldDeadChannels(model, findRegions(model, layers, facts), ranges);
    const live = findRegions(folded.model, findLayers(folded.model).layers, facts);
    equalize(folded.model, live, folded.ranges, DEFAULT_EQUALIZATION);
    fastest = Math.min(fastest, (process.cpuUsage().user - start) / 1000);
  }
  return fastest;
}

function variants({ hasClips, thorough }: BenchNetwork): Variant[] {
  const both = ["none", "empirical"] as const;
  const equalization = (method: "one-step" | "two-step" | "cle", clip: "exact" | "paper" = "exact") => ({
    method,
    maxScale: 16,
    clip,
  });
  const folded = (method: "one-step" | "two-step" | "cle", clip: "exact" | "paper" = "exact"): TransformOptions => {
    return { equalization: equalization(method, clip), deadChannels: "fold" };
  };
  const kept = (method: "one-step" | "two-step" | "cle"): TransformOptions => {
    return { equalization: equalization(method), deadChannels: "keep" };
  };
  return [
    { what: "none", options: { equalization: null, deadChannels: "keep" }, corrections: both },
    ...(thorough
      ? ([
          { what: "one-step, dead channels kept", options: kept("one-step"), corrections: ["none"] },
          { what: "two-step, dead channels kept", options: kept("two-step"), corrections: both },
          { what: "cle, dead channels kept", options: kept("cle"), corrections: ["none"] },
        ] as const)
      : []),
    { what: "dead channels only", options: { equalization: null, deadChannels: "fold" }, corrections: both },
    { what: "one-step", options: folded("one-step"), corrections: both },
    { what: "two-step", options: folded("two-step"), corrections: [...both, "analytic"] },
    { what: "cle", options: folded("cle"), corrections: both },
    ...(hasClips
      ? ([
          { what: "one-step, ReLU6 as in the paper", options: folded("one-step", "paper"), corrections: ["none"] },
          { what: "two-step, ReLU6 as in the paper", options: folded("two-step", "paper"), corrections: ["none"] },
        ] as const)
      : []),
    { what: "pow2 two-step", options: folded("two-step"), corrections: ["empirical"] },
    { what: "pow2 cle", options: folded("cle"), corrections: ["empirical"] },
  ];
}

async function openData(network: BenchNetwork, model: OnnxModel, folder: string) {
  const inputs = modelFacts(model, 0).inputs.map(modelInput);
  const evaluation = await openDataset(folder, network.evaluation, inputs, null);
  if (network.calibration !== null) {
    return { calibration: await openDataset(folder, network.calibration, inputs, null), evaluation };
  }
  const indices = Array.from({ length: evaluation.count }, (_, index) => index);
  return {
    calibration: subset(evaluation, indices.filter((index) => index % 4 === 0).slice(0, 64)),
    evaluation: subset(
      evaluation,
      indices.filter((index) => index % 4 !== 0),
    ),
  };
}

/** Some samples of a data set with one float input. */
function subset(all: Dataset, indices: readonly number[]): Dataset {
  return {
    ...all,
    count: indices.length,
    labels: all.labels && Int32Array.from(indices, (index) => all.labels?.[index] ?? 0),
    read: async (start, count) => {
      const parts: Record<string, RuntimeTensor>[] = [];
      for (const index of indices.slice(start, start + count)) parts.push(await all.read(index, 1));
      const [name] = Object.keys(parts[0]);
      const size = parts[0][name].data.length;
      const data = new Float32Array(size * count);
      parts.forEach((part, position) => data.set(Float32Array.from(part[name].data, Number), position * size));
      return { [name]: { type: "float32", dims: [count, ...parts[0][name].dims.slice(1)], data } };
    },
  };
}

/** Weights symmetric with one scale a tensor, activations by their whole range. */
async function quantize(
  { model, layers }: TransformedModel,
  settings: ActivationSettings,
  calibration: Dataset,
  runtime: Runtime,
): Promise<{ quantized: QuantizedNetwork; layerDb: number; bound: number }> {
  const plan = planWithChannelBounds(model, planActivations(model, layers));
  const found = await calibrate(model, plan, runtime, calibration);
  const parameters = found.groups.map((group) => {
    const { min, max } = chooseRange(group, { rule: "max" }, settings);
    return activationParameters(settings, min, max);
  });
  const scheme = settings.scheme === "pow2" ? "pow2" : "symmetric";
  const weights = new Map(
    layers.map(({ name, weight, layout }) => [
      name,
      fitScheme(toChannelMajor(weight.values, layout), {
        scheme,
        bits: 8,
        granularity: "tensor",
        clip: "max",
        rounding: "half-even",
      }),
    ]),
  );
  const quantized = { model, layers, plan, parameters, weights };
  const few = { ...calibration, count: Math.min(LAYER_SAMPLES, calibration.count) };
  const isolated = await measureIsolated(quantized, found.shapes, runtime, few);
  const levels: number[] = [];
  const bounds: number[] = [];
  for (const noise of isolated) {
    const range = found.values.get(plan.outputPoint.get(noise.layer.name) ?? "");
    if (range === undefined) continue;
    const magnitudes = Float64Array.from(range.channelMin, (low, i) => Math.max(Math.abs(low), range.channelMax[i]));
    const bound = equalizationBoundDb(noise.signal, noise.weights, noise.activations, magnitudes, true);
    const power = new NoisePower();
    power.signal = total(noise.signal);
    power.noise = total(noise.both);
    const { sqnrDb } = power.sqnr();
    if (bound !== null && sqnrDb !== null) {
      levels.push(sqnrDb);
      bounds.push(bound);
    }
  }
  return { quantized, layerDb: mean(levels), bound: mean(bounds) };
}

function floatGraph(model: OnnxModel, output: string): Uint8Array {
  const edit = new GraphEdit(model);
  edit.addOutput(output);
  return edit.encode();
}

function quantizedGraph(network: QuantizedNetwork, output: string): { bytes: Uint8Array; name: string } {
  const edit = new GraphEdit(network.model);
  const name = addQuantizedNetwork(edit, network).get(output) ?? output;
  edit.addOutput(name);
  return { bytes: edit.encode(), name };
}

async function outputsOf(bytes: Uint8Array, name: string, data: Dataset, runtime: Runtime): Promise<Float32Array[]> {
  const rows: Float32Array[] = [];
  await withSession(runtime, bytes, async (session) => {
    for (let start = 0; start < data.count; start += BATCH) {
      const count = Math.min(BATCH, data.count - start);
      const values = Float32Array.from((await runBatch(session, await data.read(start, count)))[name].data, Number);
      const size = values.length / count;
      for (let row = 0; row < count; row++) rows.push(values.slice(row * size, (row + 1) * size));
    }
  });
  return rows;
}

function ratioDb(signal: readonly Float32Array[], found: readonly Float32Array[]): number | null {
  const power = new NoisePower();
  signal.forEach((row, i) => {
    row.forEach((value, j) => {
      power.signal += value ** 2;
      power.noise += (value - found[i][j]) ** 2;
    });
  });
  return power.sqnr().sqnrDb;
}

function largest(row: Float32Array): number {
  return row.reduce((best, value, index) => (value > row[best] ? index : best), 0);
}

function percent(rows: readonly Float32Array[], holds: (row: Float32Array, index: number) => boolean): number {
  return (100 * rows.filter(holds).length) / rows.length;
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
