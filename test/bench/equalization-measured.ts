/** What `equalization.mjs` runs: networks quantized with one scale a tensor after every combination of transforms. */
import type { QuantizedNetwork } from "../../src/engine/analysis/noise/network";
import { NoisePower } from "../../src/engine/analysis/sqnr";
import { foldBatchNormalization } from "../../src/engine/graph/fold-batch-normalization";
import { findLayers } from "../../src/engine/graph/layers";
import { decodeModel } from "../../src/engine/onnx/decode";
import { correctBiases, type BiasCorrectionMethod } from "../../src/engine/transforms/bias-correction";
import { withRoundedBiases } from "../../src/engine/transforms/bias-rounding";
import { transformNetwork } from "../../src/engine/transforms/transform";
import { readModelSource } from "../../src/runtime/model-file";
import { loadOnnxRuntime } from "../../src/runtime/onnxruntime";
import { openBenchData } from "./equalization-data";
import type { BenchNetwork } from "./equalization-networks";
import { floatOutputs, layerLevels, quantize, quantizedOutputs } from "./equalization-quantized";
import { allPowersOfTwo, transformMilliseconds } from "./equalization-speed";
import { ALL_STEPS, variantsOf } from "./equalization-variants";

export { NETWORKS } from "./equalization-networks";
export { resultsDocument } from "./equalization-document";

export interface Measured {
  readonly what: string;
  readonly scales: "free" | "power of two";
  readonly biasCorrection: BiasCorrectionMethod | "none";
  /** Of the biases; 32 stands for biases in float. */
  readonly biasBits: 16 | 32;
  /** Percent; null without labels. */
  readonly accuracy: number | null;
  /** Points of accuracy less than the float network's, and their standard error; null without labels. */
  readonly lost: { readonly points: number; readonly error: number } | null;
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
  /** Forward passes of empirical bias correction for ten layers. */
  readonly passesPerTenLayers: number;
  readonly transformMilliseconds: number;
  readonly rows: readonly Measured[];
}

export async function measureNetwork(
  network: BenchNetwork,
  shared: string,
  log: (line: string) => void,
  variants = variantsOf(network),
): Promise<NetworkResult> {
  const runtime = await loadOnnxRuntime();
  const { model } = foldBatchNormalization(decodeModel(readModelSource(`${shared}/models/${network.model}`)));
  const { calibration, evaluation } = await openBenchData(network, model, `${shared}/data`);
  const output = model.graph.output[0].name;
  const float = await floatOutputs(model, output, evaluation, runtime);
  const { labels } = evaluation;
  const rows: Measured[] = [];
  let boundDb = 0;
  let deadChannels = 0;
  let passesPerTenLayers = 0;
  const measure = async (
    subject: QuantizedNetwork,
    about: Omit<Measured, "accuracy" | "lost" | "agreement" | "outputDb">,
  ) => {
    const found = await quantizedOutputs(subject, output, evaluation, runtime);
    const row: Measured = {
      ...about,
      accuracy: labels && percent(found, (item, i) => largest(item) === labels[i]),
      lost: labels && lostPoints(float, found, labels),
      agreement: network.classifies ? percent(found, (item, i) => largest(item) === largest(float[i])) : null,
      outputDb: ratioDb(float, found),
    };
    rows.push(row);
    log(`${network.id} ${JSON.stringify(row)}`);
  };
  for (const variant of variants) {
    const { what, options, activations, corrections } = variant;
    const isPowerOfTwo = activations.scheme === "pow2";
    const powerOfTwo = isPowerOfTwo ? allPowersOfTwo(model) : null;
    const transformed = await transformNetwork(model, { ...options, powerOfTwo }, runtime, calibration);
    const calibrated = await quantize(transformed, variant, calibration, runtime);
    const scales = isPowerOfTwo ? "power of two" : "free";
    for (const biasCorrection of corrections) {
      const about = { what, scales, biasCorrection, biasBits: 32, layerDb: null } as const;
      if (biasCorrection === "none") {
        const levels = await layerLevels(calibrated, calibration, runtime);
        if (what === "none") ({ boundDb } = levels);
        await measure(calibrated.quantized, { ...about, layerDb: levels.layerDb });
        continue;
      }
      const { network: corrected, record } = await correctBiases(
        calibrated.quantized,
        biasCorrection,
        runtime,
        calibration,
      );
      await measure(corrected, about);
      if ((what !== "two-step" && what !== ALL_STEPS) || biasCorrection !== "empirical") continue;
      deadChannels = transformed.record.deadChannels.layers.reduce((sum, { zeroed }) => sum + zeroed.length, 0);
      passesPerTenLayers = (10 * record.forwardPasses) / record.layers.length;
      const rounded = withRoundedBiases(corrected.model, corrected.layers, 16);
      const subject = { ...corrected, model: rounded, layers: findLayers(rounded).layers };
      await measure(subject, { ...about, biasBits: 16 });
    }
  }
  const milliseconds = await transformMilliseconds(model, calibration, runtime, allPowersOfTwo(model));
  await calibration.close();
  await evaluation.close();
  return {
    network,
    calibrationSamples: calibration.count,
    evaluationSamples: evaluation.count,
    floatAccuracy: labels && percent(float, (item, i) => largest(item) === labels[i]),
    boundDb,
    deadChannels,
    channels: findLayers(model).layers.reduce((sum, { layout }) => sum + layout.channels, 0),
    passesPerTenLayers,
    transformMilliseconds: milliseconds,
    rows,
  };
}

/** Points lost, and the standard error of a difference of two proportions over the same samples. */
function lostPoints(float: readonly Float32Array[], found: readonly Float32Array[], labels: Int32Array) {
  let lost = 0;
  let gained = 0;
  found.forEach((row, i) => {
    const before = largest(float[i]) === labels[i];
    const after = largest(row) === labels[i];
    if (before && !after) lost++;
    if (after && !before) gained++;
  });
  return { points: (100 * (lost - gained)) / found.length, error: (100 * Math.sqrt(lost + gained)) / found.length };
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
