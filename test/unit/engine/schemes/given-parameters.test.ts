import { describe, expect, it } from "vitest";
import { decode } from "../../../../src/engine/schemes/decode";
import { parametersOf } from "../../../../src/engine/schemes/given-parameters";
import { fitScheme, SCHEMES } from "../../../../src/engine/schemes/registry";
import type { SchemeSettings } from "../../../../src/engine/schemes/scheme";
import { errorOf } from "../../caught";
import { randomValues } from "../onnx/model-builder";

const WEIGHTS = { values: randomValues(12 * 50, 3), channels: 12, perChannel: 50 };

const CASES = SCHEMES.flatMap((scheme) =>
  scheme.granularities.flatMap((granularity) =>
    [scheme.minBits, 4, scheme.maxBits].map((bits): SchemeSettings => ({
      scheme: scheme.id,
      bits,
      granularity,
      clip: "max",
      rounding: "half-even",
    })),
  ),
);

describe("given parameters", () => {
  it.each(CASES)("find the codes of $scheme, $bits bits, $granularity again", (settings) => {
    const quantized = fitScheme(WEIGHTS, settings);
    const rounded = { ...WEIGHTS, values: decode(quantized) };
    const again = fitScheme(rounded, { ...settings, parameters: parametersOf(quantized) });
    if (quantized.kind !== "codebook") expect(again.codes).toEqual(quantized.codes);
    expect(decode(again)).toEqual(rounded.values);
  });

  it("refuse another number than there are groups", () => {
    const settings = { bits: 8, granularity: "channel", clip: "max", rounding: "half-even", parameters: [1] } as const;
    for (const scheme of ["symmetric", "affine", "ceil", "pow2", "log2"]) {
      const error = errorOf(() => fitScheme(WEIGHTS, { ...settings, scheme }));
      expect(error).toMatchObject({ code: "recipe-invalid", place: { field: "parameters" } });
    }
  });

  it("refuse ranges that are none", () => {
    const settings = { bits: 8, granularity: "tensor", clip: "max", rounding: "half-even" } as const;
    for (const [scheme, parameters] of [
      ["symmetric", [-1]],
      ["ceil", [0]],
      ["affine", [0.5, 1]],
      ["codebook-kmeans", [1, 0]],
    ] as const) {
      expect(errorOf(() => fitScheme(WEIGHTS, { ...settings, scheme, parameters }))).toMatchObject({
        code: "recipe-invalid",
      });
    }
  });
});
