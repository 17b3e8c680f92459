/** Synthetic layers for the emitters: seeded weights, every width, hostile names, odd shapes. */
import { weightFigures } from "../../src/engine/analysis/weight-figures";
import type { QuantizedLayer, WeightsEmission } from "../../src/engine/emit/emission";
import { fixedPointBias } from "../../src/engine/emit/fixed-point";
import { toChannelMajor, type WeightLayout } from "../../src/engine/graph/layout";
import { elementCount } from "../../src/engine/onnx/tensor";
import { fitScheme } from "../../src/engine/schemes/registry";
import type { SchemeSettings } from "../../src/engine/schemes/scheme";

/** Names that a model may carry and that must not get into C as they are. */
export const HOSTILE_NAMES = [
  "*/ #include <stdlib.h>",
  "/* open \\",
  "<script>alert(1)</script>",
  "../../x",
  "int",
  "слой один",
  "",
  "",
  "conv",
  "Conv",
  "conv_2",
  "a".repeat(10_000),
  `${"a".repeat(9_999)}b`,
  "??/",
  "trailing\\\nint x;",
  "9lives",
  "__reserved__",
  "\u202Eevil\u0000",
] as const;

/** Uniform in [−1, 1), the same for the same seed. */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** OIHW weights of a convolution, stored as OHWI. */
export function convLayout(dims: readonly [number, number, number, number]): WeightLayout {
  const [o, i, h, w] = dims;
  return {
    viewDims: dims,
    permutation: [0, 2, 3, 1],
    channels: o,
    perChannel: i * h * w,
    name: "OHWI",
    storedDims: [o, h, w, i],
    onnxName: "OIHW",
  };
}

/** [in][out] weights of a MatMul, stored as [out][in]. */
export function denseLayout(inputs: number, outputs: number): WeightLayout {
  return {
    viewDims: [inputs, outputs],
    permutation: [1, 0],
    channels: outputs,
    perChannel: inputs,
    name: "OI",
    storedDims: [outputs, inputs],
    onnxName: "IO",
  };
}

export interface SyntheticLayer extends Partial<SchemeSettings> {
  readonly name: string;
  readonly layout: WeightLayout;
  readonly bits: number;
  readonly granularity: SchemeSettings["granularity"];
  readonly seed: number;
  /** Weights lie in ±magnitude. */
  readonly magnitude?: number;
  readonly bias?: boolean;
  /** Channels whose weights are all zero. */
  readonly zeroChannels?: readonly number[];
}

/** A layer of scheme symmetric, where the wanted settings do not say otherwise. */
export function syntheticLayer(wanted: SyntheticLayer): QuantizedLayer {
  const { name, layout, seed, magnitude = 0.5, bias = true, zeroChannels = [], ...settings } = wanted;
  const random = randomSource(seed);
  const values = Float32Array.from({ length: elementCount(layout.viewDims) }, () => random() * magnitude);
  const weights = toChannelMajor(values, layout);
  for (const channel of zeroChannels) {
    weights.values.fill(0, channel * layout.perChannel, (channel + 1) * layout.perChannel);
  }
  const { scheme = "symmetric" } = settings;
  const quantized = fitScheme(weights, { clip: "max", rounding: "half-even", ...settings, scheme });
  return {
    name,
    op: layout.name === "OHWI" ? "Conv" : "MatMul",
    weightName: `${name}.weight`,
    weightShape: layout.viewDims,
    layout,
    scheme,
    quantized,
    figures: weightFigures(weights, quantized),
    bias: bias ? fixedPointBias(Float32Array.from({ length: layout.channels }, () => random() * magnitude)) : null,
    sharedWith: null,
    fused: [],
  };
}

export function emission(layers: readonly QuantizedLayer[], options: Partial<WeightsEmission> = {}): WeightsEmission {
  return {
    generatorVersion: "0.0.0-test",
    modelName: "synthetic.onnx",
    modelSha256: "0123456789abcdef".repeat(4),
    recipe: '{"model":"synthetic.onnx"}',
    baseName: "synthetic",
    files: "split",
    order: "ohwi",
    packing: "dense",
    layers,
    keptFloat: [],
    ...options,
  };
}
