/** Weights and settings for tests of the schemes. */
import { SCHEMES } from "../../../../src/engine/schemes/registry";
import type { ChannelMajorWeights } from "../../../../src/engine/graph/layout";
import { decode } from "../../../../src/engine/schemes/decode";
import type { QuantizedWeights, SchemeSettings } from "../../../../src/engine/schemes/scheme";

export function weightsOf(values: Iterable<number>, channels = 1): ChannelMajorWeights {
  const array = Float32Array.from(values);
  return { values: array, channels, perChannel: array.length / channels };
}

export function settingsOf(scheme: string, bits: number, changes: Partial<SchemeSettings> = {}): SchemeSettings {
  const granularity = scheme === "block" ? "block" : "tensor";
  return { scheme, bits, granularity, clip: "max", rounding: "half-even", ...changes };
}

/** A generator of numbers in (0, 1) that is the same on every run. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

export function gaussian(count: number, seed = 1): Float32Array {
  const uniform = generator(seed);
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

export function laplace(count: number, seed = 1): Float32Array {
  const uniform = generator(seed);
  return Float32Array.from({ length: count }, () => (uniform() < 0.5 ? 1 : -1) * Math.log(uniform()));
}

export function squaredError(values: Float32Array, quantized: QuantizedWeights): number {
  const decoded = decode(quantized);
  return values.reduce((sum, value, i) => sum + (value - decoded[i]) ** 2, 0);
}

/** In decibels; Infinity for no noise. */
export function sqnr(values: Float32Array, quantized: QuantizedWeights): number {
  const signal = values.reduce((sum, value) => sum + value * value, 0);
  return 10 * Math.log10(signal / squaredError(values, quantized));
}

/** Every scheme at every width and granularity that it takes. */
export function allSettings(changes: Partial<SchemeSettings> = {}): SchemeSettings[] {
  return SCHEMES.flatMap(({ id, minBits, maxBits, granularities }) =>
    Array.from({ length: maxBits - minBits + 1 }, (_, i) => minBits + i).flatMap((bits) =>
      granularities.map((granularity) => settingsOf(id, bits, { granularity, ...changes })),
    ),
  );
}
