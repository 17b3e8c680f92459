/** Cross-layer equalization: the same function, with channels of alike ranges. */
import type { Layer } from "../graph/layer";
import type { OnnxModel } from "../onnx/model";
import { replaceClip } from "./clip-bounds";
import type { ChannelRanges } from "./channel-ranges";
import type { EqualizationOptions, EqualizationRecord } from "./equalization";
import { replaceHardSwish } from "./hard-swish";
import { ModelRewriter } from "./layer-edits";
import { alignUnits, type PowerOfTwoCodes } from "./power-of-two-units";
import { RegionScaling } from "./region-scaling";
import type { LeftLayer, Region, Regions, ScalableLayer } from "./region";
import { crossLayerScales, oneStepScales, twoStepScales } from "./scale-formulas";
import { scaledActivations } from "./scaled-activations";
import { ScaledWeights } from "./scaled-weights";

export interface EqualizedModel {
  readonly model: OnnxModel;
  readonly record: EqualizationRecord;
}

/** Least scale in `paper` mode. Source: Meller et al. (2019), §4, on ReLU6. */
const PAPER_LEAST_SCALE = 0.7;

/** `cle` ends when no scale moves by more, or after so many rounds over all regions. */
const CLE_TOLERANCE = 1e-2;
const CLE_MAX_ROUNDS = 50;

const OUT_OF_RANGE = "Its scales would leave the range of float32.";

/**
 * Scales every output channel of every region by S > 0 and the channels of its consumers by 1/S.
 *
 * - `one-step`, `two-step`: regions in topological order, each once, consumers' kernels as scaled so far; Meller et al.
 *   (2019), algorithms 1 and 2. Two-step scales are divided by their smallest where that changes nothing but the units:
 *   not where consumers read other channels too (Concat), nor under a Clip in `paper` mode.
 * - `cle`: Nagel et al. (2019), pairs of layers in turns until nothing moves; in depthwise chains the fixed point of the
 *   pairs is that of the triple.
 *
 * @param regions of this model
 * @param ranges of this model's values on calibration data
 * @param codes what gets powers of two as scales; the units of regions are then chosen for them, see alignUnits
 * @returns a model that shares all unchanged parts with the given one, and what was done
 */
export function equalize(
  model: OnnxModel,
  regions: Regions,
  ranges: ChannelRanges,
  options: EqualizationOptions,
  codes: PowerOfTwoCodes | null = null,
): EqualizedModel {
  const weights = new Map<string, ScaledWeights>();
  const weightsOf = ({ layer, structure }: ScalableLayer) => {
    let scaled = weights.get(layer.name);
    if (scaled === undefined) weights.set(layer.name, (scaled = new ScaledWeights({ layer, structure })));
    return scaled;
  };
  for (const { producers, consumers } of regions.regions)
    for (const item of [...producers, ...consumers]) weightsOf(item);
  const scalings = regions.regions.map((region) => new RegionScaling(region, (name) => weights.get(name)!, ranges));
  const left: LeftLayer[] = [...regions.left];
  const done =
    options.method === "cle" ? crossLayer(scalings, options, ranges, left) : inOrder(scalings, options, ranges, left);
  if (codes !== null) {
    const free = done.filter((scaling) => unitsAreFree(scaling, options));
    alignUnits(free, weights, codes);
  }
  const record: EqualizationRecord = {
    options,
    left,
    regions: done.map((scaling) => ({
      layers: scaling.region.producers.map(({ layer }) => layer.name),
      consumers: scaling.region.consumers.map(({ layer }) => layer.name),
      scales: [...scaling.scales],
      common: scaling.common,
      before: scaling.before,
      after: scaling.summary(),
      scaledClips: options.clip === "exact" ? scaling.region.bounds.length + scaling.region.hardSwishes.length : 0,
    })),
  };
  return { model: rewritten(model, done, weights, options), record };
}

function inOrder(
  scalings: readonly RegionScaling[],
  options: EqualizationOptions,
  ranges: ChannelRanges,
  left: LeftLayer[],
): RegionScaling[] {
  return scalings.filter((scaling) => {
    const factors = limited(scalesOf(scaling, options), scaling, options, ranges);
    if (!scaling.fits(factors)) {
      leave(scaling.region, left);
      return false;
    }
    scaling.apply(factors);
    return true;
  });
}

function scalesOf(scaling: RegionScaling, options: EqualizationOptions): Float64Array {
  const { method, maxScale } = options;
  if (method === "one-step") return oneStepScales(scaling.ranges(), maxScale);
  const scales = twoStepScales(scaling.ranges(), maxScale);
  if (!unitsAreFree(scaling, options)) return scales;
  scaling.common = 1 / scales.reduce((least, scale) => Math.min(least, scale), Infinity);
  return scales.map((scale) => scale * scaling.common);
}

/** Whether a factor common to all classes is a mere change of units. */
function unitsAreFree({ region }: RegionScaling, { clip }: EqualizationOptions): boolean {
  return !region.joined && (clip === "exact" || region.bounds.length + region.hardSwishes.length === 0);
}

function crossLayer(
  scalings: readonly RegionScaling[],
  options: EqualizationOptions,
  ranges: ChannelRanges,
  left: LeftLayer[],
): RegionScaling[] {
  const active = new Set(scalings);
  for (let round = 0; round < CLE_MAX_ROUNDS; round++) {
    let moved = 0;
    for (const scaling of active) {
      const summary = scaling.summary();
      const factors = limited(crossLayerScales(summary.weights, summary.next), scaling, options, ranges);
      if (!scaling.fits(factors, summary)) {
        scaling.apply(scaling.scales.map((scale) => 1 / scale));
        leave(scaling.region, left);
        active.delete(scaling);
        continue;
      }
      scaling.apply(factors);
      moved = factors.reduce((most, factor) => Math.max(most, Math.abs(Math.log(factor))), moved);
    }
    if (moved <= CLE_TOLERANCE) break;
  }
  return [...active];
}

function leave(region: Region, left: LeftLayer[]): void {
  for (const { layer } of region.producers) left.push({ layer: layer.name, reason: OUT_OF_RANGE });
}

/**
 * In `paper` mode, keeps channels under a Clip within its bounds where they were, and above the least scale; channels of
 * HardSwish keep their scale.
 */
function limited(
  factors: Float64Array,
  { region, scales }: RegionScaling,
  { clip }: EqualizationOptions,
  ranges: ChannelRanges,
): Float64Array {
  if (clip === "exact") return factors;
  const limits = factors.slice();
  for (const { value, low, high } of region.bounds) {
    const range = ranges.get(value.name);
    value.classes.forEach((index, channel) => {
      if (index < 0 || range === undefined) return;
      const most = Math.min(growth(high, range.max[channel]), growth(-low, -range.min[channel]));
      const wanted = Math.max(limits[index] * scales[index], PAPER_LEAST_SCALE);
      limits[index] = Math.min(wanted, most) / scales[index];
    });
  }
  for (const { value } of region.hardSwishes) {
    for (const index of value.classes) if (index >= 0) limits[index] = 1 / scales[index];
  }
  return limits;
}

/** How much a channel can grow below a bound; a bound at zero follows every scale. */
function growth(bound: number, reached: number): number {
  return bound === 0 || reached <= 0 ? Infinity : Math.max(1, bound / reached);
}

function rewritten(
  model: OnnxModel,
  scalings: readonly RegionScaling[],
  weights: ReadonlyMap<string, ScaledWeights>,
  options: EqualizationOptions,
): OnnxModel {
  const rewriter = new ModelRewriter(model);
  for (const scaled of weights.values()) {
    if (!scaled.changed) continue;
    const { layer } = scaled.target;
    rewriter.change({ layer, weights: scaled.weights(), bias: changedBias(layer, scaled) });
  }
  if (options.clip === "exact") {
    for (const clip of scaledActivations(scalings, ({ bounds }) => bounds)) replaceClip(rewriter, model, clip);
    for (const hardSwish of scaledActivations(scalings, ({ hardSwishes }) => hardSwishes)) {
      replaceHardSwish(rewriter, model, hardSwish);
    }
  }
  return rewriter.finish();
}

function changedBias(layer: Layer, scaled: ScaledWeights): Float32Array | undefined {
  return layer.bias !== null && scaled.outputScales.some((scale) => scale !== 1) ? scaled.bias()! : undefined;
}
