import { describe, expect, it } from "vitest";
import { decode } from "../../../../src/engine/schemes/decode";
import { fitScheme, SCHEMES } from "../../../../src/engine/schemes/registry";
import type { SchemeSettings } from "../../../../src/engine/schemes/scheme";
import { weightQuantizer } from "../../../../src/engine/training/quantizers/registry";
import { randomValues } from "../onnx/model-builder";

const WEIGHTS = { values: randomValues(6 * 700, 5), channels: 6, perChannel: 700 };

const TRAINED = { trainsScales: true, sharing: null };

const CASES = SCHEMES.flatMap((scheme) =>
  scheme.granularities.flatMap((granularity) =>
    [scheme.minBits, 4, scheme.maxBits].flatMap((bits) =>
      [true, false].map((trainsScales) => ({
        trainsScales,
        settings: { scheme: scheme.id, bits, granularity, clip: "max", rounding: "half-even" } satisfies SchemeSettings,
      })),
    ),
  ),
);

describe("weight quantizers", () => {
  it.each(CASES)(
    "of $settings.scheme, $settings.bits bits, $settings.granularity, trained scales $trainsScales: what they write is what their codes decode to",
    ({ settings, trainsScales }) => {
      const quantizer = weightQuantizer(WEIGHTS, settings, { trainsScales, sharing: null });
      quantizer.trained.forEach((_, group) => (quantizer.trained[group] = 0.3 * Math.sin(group + 1)));
      const masters = WEIGHTS.values.map((value, i) => (i % 97 === 0 ? 0 : value + 0.1 * Math.sin(i)));
      const target = new Float32Array(masters.length);
      quantizer.quantize(masters, target);
      expect(target).toEqual(decode(quantizer.codes(masters)));
    },
  );

  it("start with the codes of the scheme", () => {
    for (const { settings, trainsScales } of CASES) {
      if (settings.scheme === "codebook-mixture") continue; // the nearest mean, not the likeliest component
      const quantizer = weightQuantizer(WEIGHTS, settings, { trainsScales, sharing: null });
      expect(quantizer.codes(WEIGHTS.values).codes).toEqual(fitScheme(WEIGHTS, settings).codes);
    }
  });

  it("leave the codes of ceil to the masters when α is trained", () => {
    const settings = { scheme: "ceil", bits: 3, granularity: "channel", clip: "max", rounding: "half-even" } as const;
    const quantizer = weightQuantizer(WEIGHTS, settings, TRAINED);
    quantizer.trained.fill(-1);
    const masters = WEIGHTS.values.map((value) => value * value * Math.sign(value));
    const deployed = fitScheme({ ...WEIGHTS, values: masters }, settings);
    expect(quantizer.codes(masters).codes).toEqual(deployed.codes);
  });

  it.each(["ceil", "symmetric", "affine"])("differentiate the scale of %s", (scheme) => {
    const settings = { scheme, bits: 4, granularity: "channel", clip: "max", rounding: "half-even" } as const;
    const quantizer = weightQuantizer(WEIGHTS, settings, TRAINED);
    quantizer.trained.fill(-0.4); // some weights lie outside the range
    const direction = randomValues(WEIGHTS.values.length, 8);
    const values = WEIGHTS.values;
    const quantized = new Float32Array(values.length);
    quantizer.quantize(values, quantized);
    const gradients = direction.slice();
    const trainedGradients = new Float32Array(quantizer.trained.length);
    quantizer.backward(values, quantized, gradients, trainedGradients);
    const { codes } = quantizer.codes(values);
    // With the codes held, ŵ is proportional to the scale; straight through, w/s moves against it inside the range.
    const ratio = quantizer.codes(values);
    for (let channel = 0; channel < WEIGHTS.channels; channel++) {
      let expected = 0;
      for (let i = channel * WEIGHTS.perChannel; i < (channel + 1) * WEIGHTS.perChannel; i++) {
        const isClipped = codes[i] === ratio.codeMin || codes[i] === ratio.codeMax;
        const inside = scheme !== "ceil" && !(isClipped && Math.abs(values[i]) > Math.abs(quantized[i]));
        expected += direction[i] * (quantized[i] - (inside ? values[i] : 0));
        if (!inside && scheme !== "ceil") expect(gradients[i]).toBe(0);
        else expect(gradients[i]).toBe(direction[i]);
      }
      expect(trainedGradients[channel]).toBeCloseTo(expected, 3);
    }
  });

  it("keep the mean of weights that are zero at zero", () => {
    const settings = {
      scheme: "codebook-mixture",
      bits: 2,
      granularity: "tensor",
      clip: "max",
      zeroComponent: true,
    } as const;
    const quantizer = weightQuantizer(WEIGHTS, { ...settings, rounding: "half-even" }, { ...TRAINED, sharing: 1 });
    const means = quantizer.trained.subarray(4, 8);
    const gradients = new Float32Array(quantizer.trained.length);
    const masters = WEIGHTS.values.map((value) => value + 0.05);
    quantizer.addPenalty!(masters, 1, new Float32Array(masters.length), gradients);
    expect(means.filter((mean) => mean === 0)).toHaveLength(1);
    expect(Array.from(gradients.subarray(4, 8), (gradient) => gradient === 0)).toEqual(
      Array.from(means, (mean) => mean === 0),
    );
  });

  it("keep a palette until it is found again", () => {
    const settings = {
      scheme: "codebook-kmeans",
      bits: 2,
      granularity: "tensor",
      clip: "max",
      rounding: "half-even",
    } as const;
    const quantizer = weightQuantizer(WEIGHTS, settings, TRAINED);
    const before = quantizer.found;
    const masters = WEIGHTS.values.map((value) => 2 * value);
    const target = new Float32Array(masters.length);
    quantizer.quantize(masters, target);
    expect(new Set(target)).toEqual(new Set(before.map(Math.fround)));
    quantizer.refit(masters);
    expect(quantizer.found[0]).toBeCloseTo(2 * before[0], 3);
  });
});
