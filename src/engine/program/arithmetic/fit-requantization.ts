/** Finds the cheapest requantization of a channel that equals a reference for every accumulator that can occur. */
import type { Agreement } from "../program";
import { floatProduct, mantissaOf, threshold } from "./float-product";
import { multiplyHalfUp, requantize, type ChannelRequantization } from "./requantization";

/** How accumulators become codes: as ONNX Runtime, as TensorFlow Lite, or as CMSIS-NN with single rounding. */
export const ROUNDING_MODES = ["onnxruntime", "tflite", "cmsis-single"] as const;
export type RoundingMode = (typeof ROUNDING_MODES)[number];

/** What a channel's accumulators and codes can be. */
export interface ChannelRange {
  readonly accumulatorMin: number;
  readonly accumulatorMax: number;
  /** Codes without the zero point that are not clamped away. */
  readonly codeMin: number;
  readonly codeMax: number;
}

export interface FittedRequantization {
  readonly channel: ChannelRequantization;
  readonly agreement: Agreement;
}

/** Accumulators that float32 holds exactly. */
const EXACT_FLOAT = 2 ** 24;
const MIN_SHIFT = 17;
const MAX_SHIFT = 62;

/**
 * The requantization of one channel in the given mode, and how far it equals ONNX Runtime's.
 *
 * In the mode `onnxruntime` the result is equal for every accumulator: both it and {@link floatProduct} never fall, so
 * they are equal where their thresholds are, of which there is one for every code. A multiplier with 31 bits that has the
 * thresholds is found by intersecting the intervals that they leave it; where none has, the float product itself is
 * computed in integers.
 *
 * @param scale a float32 value: see productScale
 * @returns null for a scale of 2^13 or more, which no requantization covers
 */
export function fitRequantization(scale: number, range: ChannelRange, mode: RoundingMode): FittedRequantization | null {
  const { mantissa, exponent } = mantissaOf(scale);
  if (exponent + 7 < MIN_SHIFT) return null;
  const shift = Math.min(exponent + 7, MAX_SHIFT);
  const rounding = mode === "tflite" ? "double" : "half-up";
  const nearest: ChannelRequantization = {
    rounding,
    multiplier: Math.round(mantissa * 2 ** (shift - exponent)),
    shift,
  };
  const thresholds = reachableThresholds(scale, range);
  if (mode !== "onnxruntime") return { channel: nearest, agreement: compare(nearest, scale, thresholds) };
  if (mantissa === 2 ** 23 && exponent >= 23 && exponent - 23 <= 31) {
    const shifted: ChannelRequantization = { rounding: "half-even", multiplier: 1, shift: exponent - 23 };
    if (isFloatExact(range)) return { channel: shifted, agreement: PROVED };
  }
  const multiplier = fittingMultiplier(thresholds, shift, nearest.multiplier);
  if (multiplier !== null) return { channel: { ...nearest, multiplier }, agreement: PROVED };
  if (exponent > MIN_SHIFT && exponent <= MAX_SHIFT && range.codeMax - range.codeMin < 2 ** 9) {
    return { channel: { rounding: "float-product", multiplier: mantissa, shift: exponent }, agreement: PROVED };
  }
  return { channel: nearest, agreement: compare(nearest, scale, thresholds) };
}

const PROVED: Agreement = { checked: "accumulators", difference: 0, differing: 0 };

interface Threshold {
  readonly code: number;
  /** The smallest accumulator that gives this code or a larger one. */
  readonly accumulator: number;
}

/** One for every code above the smallest that the accumulators of the channel can give. */
function reachableThresholds(scale: number, range: ChannelRange): Threshold[] {
  const product = (accumulator: number) => floatProduct(accumulator, scale);
  const first = Math.max(range.codeMin, product(range.accumulatorMin)) + 1;
  const last = Math.min(range.codeMax, product(range.accumulatorMax));
  const thresholds: Threshold[] = [];
  for (let code = first; code <= last; code++) thresholds.push({ code, accumulator: threshold(code, scale, product) });
  return thresholds;
}

/** Largest `a` with a·multiplier + half below, smallest with it not below, for every threshold: the interval of multipliers. */
function fittingMultiplier(thresholds: readonly Threshold[], shift: number, nearest: number): number | null {
  // In double precision the bounds are off by less than 2 of 2^31; the exact check below decides.
  const half = 0.5;
  let low = 0;
  let high = 2 ** 31 - 1;
  const unit = 2 ** shift;
  for (const { code, accumulator } of thresholds) {
    const target = (code - half) * unit;
    const above = target / accumulator;
    const below = target / (accumulator - 1);
    if (accumulator > 0) low = Math.max(low, above);
    else if (accumulator < 0) high = Math.min(high, above);
    if (accumulator - 1 > 0) high = Math.min(high, below);
    else if (accumulator - 1 < 0) low = Math.max(low, below);
  }
  if (low > high + 2) return null;
  const middle = Math.round((low + high) / 2);
  for (const candidate of [
    nearest,
    middle,
    Math.ceil(low),
    Math.floor(high),
    Math.ceil(low) + 1,
    Math.floor(high) - 1,
  ]) {
    if (candidate > 0 && candidate < 2 ** 31 && hasThresholds(candidate, shift, thresholds)) return candidate;
  }
  return null;
}

function hasThresholds(multiplier: number, shift: number, thresholds: readonly Threshold[]): boolean {
  return thresholds.every(
    ({ code, accumulator }) =>
      multiplyHalfUp(accumulator, multiplier, shift) >= code &&
      multiplyHalfUp(accumulator - 1, multiplier, shift) < code,
  );
}

function isFloatExact({ accumulatorMin, accumulatorMax }: ChannelRange): boolean {
  return accumulatorMin >= -EXACT_FLOAT && accumulatorMax <= EXACT_FLOAT;
}

/** Thresholds of the float product at which the channel gives another code: it differs there, by 1 wherever one is missed. */
function compare(channel: ChannelRequantization, scale: number, thresholds: readonly Threshold[]): Agreement {
  let differing = 0;
  let difference = 0;
  for (const { accumulator } of thresholds) {
    for (const at of [accumulator - 1, accumulator]) {
      const distance = Math.abs(requantize(at, channel) - floatProduct(at, scale));
      if (distance > 0) differing++;
      difference = Math.max(difference, distance);
    }
  }
  return { checked: "accumulators", difference, differing };
}
