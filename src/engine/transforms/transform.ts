/** Dead channels and equalization of a network on calibration data: what the pipeline calls before anything is quantized. */
import { BitwrightError } from "../../protocol/errors";
import type { RunControl, Samples } from "../activations/run";
import type { Layer } from "../graph/layer";
import { findLayers } from "../graph/layers";
import type { OnnxModel } from "../onnx/model";
import type { Runtime } from "../runtime";
import { absorbHighBiases, type BiasAbsorption } from "./bias-absorption";
import { observeChannels, type ChannelRanges } from "./channel-ranges";
import { foldDeadChannels, type DeadChannelMode, type DeadChannelRecord } from "./dead-channels";
import { equalize } from "./equalize";
import { DEFAULT_EQUALIZATION, type EqualizationOptions, type EqualizationRecord } from "./equalization";
import { checkPreserved, relativeDifference } from "./function-check";
import { probeGraph } from "./graph-facts";
import type { PowerOfTwoCodes } from "./power-of-two-units";
import type { Regions } from "./region";
import { findRegions } from "./regions";

export interface TransformOptions {
  /** Null leaves the scales of all channels. */
  readonly equalization: EqualizationOptions | null;
  readonly deadChannels: DeadChannelMode;
  /** What is to get powers of two as scales; nothing where null or left out. */
  readonly powerOfTwo?: PowerOfTwoCodes | null;
}

export const DEFAULT_TRANSFORM: TransformOptions = { equalization: DEFAULT_EQUALIZATION, deadChannels: "fold" };

export interface TransformRecord {
  readonly deadChannels: DeadChannelRecord;
  /** Null where none was asked for. */
  readonly equalization: EqualizationRecord | null;
  /** High biases moved on to the next layer, after `cle` only. */
  readonly absorbed: readonly BiasAbsorption[];
  /** `√(Σ(y − y')² / Σy²)` of the worst output on the calibration data. */
  readonly relativeDifference: number;
}

export interface TransformedModel {
  readonly model: OnnxModel;
  /** Of the transformed model. */
  readonly layers: readonly Layer[];
  readonly record: TransformRecord;
  /** Of the model with its dead channels folded. */
  readonly regions: Regions;
  /** Of the given model's values. */
  readonly ranges: ChannelRanges;
}

/**
 * @param model folded
 * @param samples calibration data
 * @throws BitwrightError data-too-few without samples; data-not-finite, cancelled, runtime-failed; internal where the function
 *   is not preserved although every step should
 */
export async function transformNetwork(
  model: OnnxModel,
  options: TransformOptions,
  runtime: Runtime,
  samples: Samples,
  control: RunControl = {},
): Promise<TransformedModel> {
  if (samples.count === 0) {
    throw new BitwrightError("data-too-few", "there are no samples to equalize with", "Give at least one sample");
  }
  const facts = await probeGraph(model, runtime, samples);
  const regions = findRegions(model, findLayers(model).layers, facts);
  const ranges = await observeChannels(model, regions, facts, runtime, samples, control);
  const folded =
    options.deadChannels === "fold"
      ? foldDeadChannels(model, regions, ranges)
      : { model, ranges, record: { mode: options.deadChannels, layers: [] } };
  const live = findRegions(folded.model, findLayers(folded.model).layers, facts);
  let result = folded.model;
  let equalization: EqualizationRecord | null = null;
  let absorbed: readonly BiasAbsorption[] = [];
  if (options.equalization !== null) {
    const equalized = equalize(result, live, folded.ranges, options.equalization, options.powerOfTwo);
    result = equalized.model;
    equalization = equalized.record;
    if (options.equalization.method === "cle") {
      const scaled = findRegions(result, findLayers(result).layers, facts);
      const scaledRanges = await observeChannels(result, scaled, facts, runtime, samples, control);
      ({ model: result, absorbed } = absorbHighBiases(result, scaled, scaledRanges));
    }
  }
  const difference = result === model ? 0 : await relativeDifference(model, result, runtime, samples, control);
  if (options.equalization?.clip !== "paper") checkPreserved(difference);
  return {
    model: result,
    layers: findLayers(result).layers,
    record: { deadChannels: folded.record, equalization, absorbed, relativeDifference: difference },
    regions: live,
    ranges,
  };
}
