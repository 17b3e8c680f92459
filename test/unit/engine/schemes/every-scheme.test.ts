import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { decode, integerWeights } from "../../../../src/engine/schemes/decode";
import { groupBounds } from "../../../../src/engine/schemes/grouping";
import { packCodes, packedChannelBytes, unpackCodes } from "../../../../src/engine/schemes/packing";
import { findScheme, fitScheme, SCHEMES } from "../../../../src/engine/schemes/registry";
import { storedBytes } from "../../../../src/engine/schemes/stored-bytes";
import { CLIPS } from "../../../../src/engine/schemes/scheme";
import { allSettings, gaussian, settingsOf, sqnr, weightsOf } from "./weights";

const label = (settings: { scheme: string; bits: number; granularity: string }): string =>
  `${settings.scheme}:${settings.bits}:${settings.granularity}`;

const awkward: [string, number[], number][] = [
  ["all zeros", new Array<number>(12).fill(0), 3],
  ["negative zeros", new Array<number>(12).fill(-0), 3],
  ["one weight", [0.3], 1],
  ["one negative weight", [-7], 1],
  ["one-element channels", [0.5, -0.25, 0, 3], 4],
  ["a constant", new Array<number>(10).fill(0.1), 2],
  ["a negative constant", new Array<number>(10).fill(-0.1), 2],
  ["the largest floats", [3.4028234663852886e38, -3.4028234663852886e38, 1e38, 0, 1, -1e30], 2],
  ["the smallest floats", [1e-45, -1e-45, 3e-45, 0, 2e-45, -3e-45], 2],
  ["tiny beside huge", [1e38, 1e-45, -1e-45, 0, 1e-10, -1e20], 2],
  ["no weights", [], 1],
  ["odd channels", Array.from(gaussian(35)), 5],
];

describe.each(awkward)("%s", (_, values, channels) => {
  const weights = weightsOf(values, channels);

  it.each(allSettings().map((settings) => [label(settings), settings] as const))("%s is defined", (_, settings) => {
    const quantized = fitScheme(weights, settings);
    expect(quantized.codes).toHaveLength(values.length);
    expect(quantized.scales).toHaveLength(groupBounds(quantized).length - 1);
    expect(quantized.scales.every((scale) => Number.isFinite(scale) && scale > 0)).toBe(true);
    expect(quantized.codes.every((code) => code >= quantized.codeMin && code <= quantized.codeMax)).toBe(true);
    expect(decode(quantized).every(Number.isFinite)).toBe(true);
    if (values.every((value) => value === 0)) expect(decode(quantized).every((value) => value === 0)).toBe(true);
    const packed = packCodes(quantized);
    expect(packed).toHaveLength(channels * Math.ceil((weights.perChannel * quantized.bits) / 8));
    expect(unpackCodes(packed, quantized)).toEqual(quantized.codes);
    expect(storedBytes(quantized).codes).toBe(packed.length);
  });
});

describe("every scheme", () => {
  const weights = weightsOf(gaussian(999, 7), 9);

  it.each(SCHEMES.map(({ id }) => id))("%s gives equal results on repeated runs and leaves the weights alone", (id) => {
    const before = weights.values.slice();
    for (const settings of allSettings().filter(({ scheme }) => scheme === id)) {
      expect(fitScheme(weights, settings)).toEqual(fitScheme(weights, settings));
    }
    expect(weights.values).toEqual(before);
  });

  it("decodes to scale times an int32 in every group", () => {
    for (const settings of allSettings()) {
      const quantized = fitScheme(weights, settings);
      const bounds = groupBounds(quantized);
      const integers = integerWeights(quantized);
      const decoded = decode(quantized);
      for (let group = 0; group + 1 < bounds.length; group++) {
        for (let i = bounds[group]; i < bounds[group + 1]; i++) {
          expect(decoded[i]).toBe(Math.fround(quantized.scales[group] * integers[i]));
        }
      }
    }
  });

  it("gains by every clipping rule it takes at least a defined result", () => {
    for (const settings of allSettings().filter(({ bits }) => [2, 4, 8, 11, 16].includes(bits))) {
      const clips = findScheme(settings.scheme)?.clips ?? [];
      for (const clip of CLIPS.filter((rule) => clips.includes(rule))) {
        const decoded = decode(fitScheme(weights, { ...settings, clip }));
        expect(decoded.every((value) => Number.isFinite(value) && Math.abs(value) < 10)).toBe(true);
      }
    }
  });

  it("stays within half a step, where steps are equal and nothing is clipped", () => {
    const arrays = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e4, max: 1e4 }), {
      minLength: 1,
      maxLength: 60,
    });
    const uniform = fc.constantFrom("symmetric", "affine", "pow2", "block");
    fc.assert(
      fc.property(arrays, uniform, fc.integer({ min: 2, max: 16 }), (values, scheme, bits) => {
        const input = weightsOf(values);
        const quantized = fitScheme(input, settingsOf(scheme, bits, { blockSize: 7 }));
        const decoded = decode(quantized);
        const bounds = groupBounds(quantized);
        for (let group = 0; group + 1 < bounds.length; group++) {
          const step = quantized.scales[group];
          for (let i = bounds[group]; i < bounds[group + 1]; i++) {
            const roundingOfFloats = 1e-6 * Math.abs(input.values[i]) + 2 ** -149;
            expect(Math.abs(decoded[i] - input.values[i])).toBeLessThanOrEqual(step / 2 + roundingOfFloats);
          }
        }
      }),
    );
  });

  it("has a packed size that counts bits", () => {
    expect(packedChannelBytes(7, 3)).toBe(3);
    expect(packedChannelBytes(8, 3)).toBe(3);
    expect(packedChannelBytes(0, 5)).toBe(0);
    expect(packedChannelBytes(1, 16)).toBe(2);
  });
});

/** A grid of `steps` equal steps over 2·range leaves a noise of step²/12 a weight. */
function theory(signalPower: number, range: number, steps: number): number {
  return 10 * Math.log10((12 * signalPower * steps * steps) / (4 * range * range));
}

describe("SQNR against theory", () => {
  const normal = gaussian(200_000, 3);
  const uniform = Float32Array.from({ length: 200_000 }, (_, i) => Math.fround((2 * (i + 0.5)) / 200_000 - 1));
  const maximum = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const power = (values: Float32Array): number => values.reduce((sum, v) => sum + v * v, 0) / values.length;

  it.each([
    ["Gaussian", normal],
    ["uniform", uniform],
  ])("symmetric 8 bits on %s weights: 127 steps to either side", (_, values) => {
    const expected = theory(power(values), maximum(values), 254);
    const measured = sqnr(values, fitScheme(weightsOf(values), settingsOf("symmetric", 8)));
    expect(Math.abs(measured - expected)).toBeLessThan(0.1);
  });

  it("affine 8 bits on uniform weights: 255 steps, 48.13 dB", () => {
    const measured = sqnr(uniform, fitScheme(weightsOf(uniform), settingsOf("affine", 8)));
    expect(Math.abs(measured - 48.13)).toBeLessThan(0.1);
  });
});
