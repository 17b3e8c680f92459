/** What hurts one layer's weights, and what would help: every remedy is tried on the weights themselves. */
import type { Alternative, Diagnosis } from "../protocol/diagnosis";
import { BitwrightError, shownName } from "../protocol/errors";
import type { WeightFigures } from "../protocol/report";
import { quantizationGrid } from "./analysis/grid";
import { medianMagnitude } from "./analysis/median";
import { channelNoise, NoisePower, type Sqnr } from "./analysis/sqnr";
import { weightFigures } from "./analysis/weight-figures";
import { layerFlashBytes } from "./emit/flash";
import { foldBatchNormalization } from "./graph/fold-batch-normalization";
import type { Layer } from "./graph/layer";
import { findLayers } from "./graph/layers";
import { toChannelMajor, type ChannelMajorWeights } from "./graph/layout";
import type { ModelSource } from "./model-source";
import { decodeModel } from "./onnx/decode";
import type { BaseContext } from "./pipeline";
import { nonFinite, nonFiniteError } from "./quantize-layers";
import { withoutUnread } from "./recipe-limits";
import { decode } from "./schemes/decode";
import { fitScheme, SCHEMES } from "./schemes/registry";
import { CLIPS, type QuantizedWeights, type SchemeSettings } from "./schemes/scheme";

/** A channel that reaches this many times as far as the median one sets everybody's scale. */
const OUTLIER_CHANNEL_RATIO = 4;

/** Excess kurtosis from which most of the range is empty: a Laplace distribution has 3. */
const HEAVY_KURTOSIS = 3;

/** Share of a symmetric range that stays unused because one side is shorter. */
const LOPSIDED_SHARE = 0.25;

/** Gains below it are not worth a sentence. */
const NOTABLE_GAIN_DB = 0.5;

/**
 * @param layerName as in the report
 * @throws BitwrightError layer-unknown, weight-not-finite, and what decoding throws
 */
export async function diagnose(
  source: ModelSource,
  layerName: string,
  settings: SchemeSettings,
  context: Pick<BaseContext, "progress">,
): Promise<Diagnosis> {
  const layer = layerOf(source, layerName);
  const weights = toChannelMajor(layer.weight.values, layer.layout);
  const current = attempt(layer, weights, settings);
  const figures = weightFigures(weights, null);
  const alternatives: Alternative[] = [];
  const variations = variationsOf(settings);
  for (const [index, variation] of variations.entries()) {
    await context.progress?.(`Trying ${labelOf(variation)}`, index / variations.length);
    const { sqnr, bytes } = attempt(layer, weights, variation);
    alternatives.push({
      label: labelOf(variation),
      settings: { ...variation },
      sqnrDb: sqnr.sqnrDb,
      gainDb: sqnr.sqnrDb === null || current.sqnr.sqnrDb === null ? null : sqnr.sqnrDb - current.sqnr.sqnrDb,
      bytes,
    });
  }
  alternatives.sort((a, b) => (b.sqnrDb ?? Infinity) - (a.sqnrDb ?? Infinity) || a.bytes - b.bytes);
  return {
    modelSha256: source.sha256,
    layer: layer.name,
    sentence: [causeOf(figures, settings), remedyOf(alternatives, current.sqnr)].join(" "),
    codesUsed: codesUsed(current.quantized),
    grid: quantizationGrid(current.quantized, figures.channels.dominant, weights.channels),
    mixture: current.quantized.kind === "codebook" ? current.quantized.mixture : null,
    alternatives,
  };
}

function layerOf(source: ModelSource, name: string): Layer {
  const { model, folds } = foldBatchNormalization(decodeModel(source));
  const layer = findLayers(model, folds).layers.find((candidate) => candidate.name === name);
  if (layer === undefined) {
    throw new BitwrightError("layer-unknown", `there is no layer "${shownName(name)}"`, "Inspect the model again");
  }
  const problem = nonFinite(layer);
  if (problem !== null) throw nonFiniteError(layer, problem);
  return layer;
}

interface Attempt {
  readonly quantized: QuantizedWeights;
  readonly sqnr: Sqnr;
  readonly bytes: number;
}

function attempt(layer: Layer, weights: ChannelMajorWeights, settings: SchemeSettings): Attempt {
  const quantized = fitScheme(weights, settings);
  const power = new NoisePower();
  for (const channel of channelNoise(weights, decode(quantized))) power.add(channel);
  return { quantized, sqnr: power.sqnr(), bytes: layerFlashBytes(quantized, layer.bias?.length ?? 0, false) };
}

/** Settings that differ from the current ones in one respect: scheme, granularity, clipping, or one bit more. */
function variationsOf(settings: SchemeSettings): SchemeSettings[] {
  const { bits } = settings;
  const own = SCHEMES.find(({ id }) => id === settings.scheme);
  const fits = (variation: SchemeSettings): boolean => {
    const scheme = SCHEMES.find(({ id }) => id === variation.scheme);
    return (
      scheme !== undefined &&
      variation.bits >= scheme.minBits &&
      variation.bits <= scheme.maxBits &&
      scheme.granularities.includes(variation.granularity) &&
      scheme.clips.includes(variation.clip)
    );
  };
  return [
    ...SCHEMES.filter(({ id }) => id !== settings.scheme).map((scheme) => ({
      ...settings,
      scheme: scheme.id,
      granularity: scheme.granularities.includes(settings.granularity) ? settings.granularity : scheme.granularities[0],
      clip: "max" as const,
    })),
    ...(own?.granularities ?? [])
      .filter((granularity) => granularity !== settings.granularity)
      .map((granularity) => ({ ...settings, granularity })),
    ...CLIPS.filter((clip) => clip !== settings.clip).map((clip) => ({ ...settings, clip })),
    { ...settings, bits: bits + 1 },
  ]
    .map(withoutUnread)
    .filter(fits);
}

function labelOf({ scheme, bits, granularity, clip }: SchemeSettings): string {
  return `${scheme} ${bits}-bit, per ${granularity}${clip === "max" ? "" : `, clip ${clip}`}`;
}

function causeOf(figures: WeightFigures, settings: SchemeSettings): string {
  const { channels, min, max, kurtosis, skewness, outlierRatio } = figures;
  const reach = Float32Array.from(channels.min, (low, index) => Math.max(-low, channels.max[index]));
  const median = medianMagnitude(reach);
  const dominance = median === 0 ? Infinity : figures.absMax / median;
  if (figures.absMax === 0) return "All weights are zero.";
  if (settings.granularity === "tensor" && dominance >= OUTLIER_CHANNEL_RATIO) {
    return `Channel ${channels.dominant} reaches ${figure(figures.absMax)}, ${figure(dominance)} times as far as the median channel, and one scale serves them all.`;
  }
  if (kurtosis >= HEAVY_KURTOSIS) {
    const ratio = outlierRatio === null ? "" : `, and the largest weight is ${figure(outlierRatio)} times the median`;
    return `The tails are heavy: excess kurtosis ${figure(kurtosis)}${ratio}. Few weights use the outer codes.`;
  }
  const unused = Math.abs(max + min) / (2 * Math.max(max, -min));
  if (unused >= LOPSIDED_SHARE) {
    return `The range is lopsided (${figure(min)} to ${figure(max)}, skewness ${figure(skewness)}): a symmetric range leaves ${Math.round(unused * 100)} % of its codes unused.`;
  }
  return "The distribution is even: no outlier channel, no heavy tails, no lopsided range.";
}

function remedyOf(alternatives: readonly Alternative[], current: Sqnr): string {
  if (current.exact) return "The codes are exact.";
  const exact = alternatives.find(({ sqnrDb }) => sqnrDb === null);
  if (exact !== undefined) return `${capitalised(exact.label)} would be exact.`;
  const best = alternatives.find(({ gainDb }) => (gainDb ?? 0) >= NOTABLE_GAIN_DB);
  if (best?.gainDb === undefined || best.gainDb === null) return "Nothing that was tried gains half a decibel.";
  return `${capitalised(best.label)} would gain ${best.gainDb.toFixed(1)} dB.`;
}

function codesUsed({ codes, codeMin, codeMax }: QuantizedWeights): number {
  return new Set(codes).size / (codeMax - codeMin + 1);
}

function figure(value: number): string {
  return Number.isFinite(value) ? Number(value.toPrecision(3)).toString() : "many";
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
