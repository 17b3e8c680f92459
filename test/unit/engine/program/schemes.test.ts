/** Every weight scheme and width as an integer program, beside the same scheme as quantized ONNX in ONNX Runtime. */
import { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import type { Options } from "../emit/qdq/quantized-model";
import { shippedModel } from "../onnx/real-models";
import { concatenated, testDigits, trainingDigits } from "./digits";
import { interpret, networkOf, Reference } from "./networks";

const DIGITS = Number(process.env["BITWRIGHT_DIGITS"] ?? 60);

/** Share of digits of which both name the same one. */
const LEAST_AGREEMENT = 0.98;

const MODELS = ["mnist-lenet5.onnx", "mnist-dscnn-bn.onnx"];

type Weights = NonNullable<Options["weights"]>;

/** Schemes whose codes are integers of 8 bits in ONNX too: where every layer is proved equal, all codes must be equal. */
const BYTE_WEIGHTS: readonly Weights[] = [
  ...[2, 4, 6].map((bits) => ({ bits })),
  { bits: 4, granularity: "tensor" },
  { scheme: "pow2", bits: 5 },
  { scheme: "ceil", bits: 4 },
  { scheme: "log2", bits: 4 },
  { scheme: "codebook-kmeans", bits: 4, granularity: "tensor", palette: "int8" },
];

/** Others, which ONNX Runtime computes in float. */
const OTHER_WEIGHTS: readonly Weights[] = [
  { bits: 12 },
  { scheme: "affine", bits: 8 },
  { scheme: "affine", bits: 5 },
  { scheme: "log2", bits: 6 },
  { scheme: "codebook-kmeans", bits: 4, granularity: "tensor" },
  { scheme: "codebook-uniform", bits: 6, granularity: "tensor" },
  { scheme: "block", bits: 4, granularity: "block", blockSize: 16 },
  { scheme: "block", bits: 4, granularity: "block", blockSize: 32, blockScale: "power-of-two" },
];

/** Activations of other widths and roundings. */
const OTHER_ACTIVATIONS: readonly Options[] = [
  { activations: { scheme: "symmetric", bits: 16 } },
  { weights: { bits: 4 }, activations: { scheme: "symmetric", bits: 16 } },
  { weights: { bits: 16 }, activations: { scheme: "symmetric", bits: 16 } },
  { weights: { scheme: "pow2" }, activations: { scheme: "pow2", bits: 16 } },
  { weights: { scheme: "ceil", bits: 4 }, activations: { scheme: "ceil", bits: 8 } },
  { activations: { scheme: "ceil", bits: 4 } },
];

async function agreement(model: string, options: Options, integerKernels: boolean) {
  const calibration = new Tensor("float32", concatenated(trainingDigits(0, 100)), [100, 1, 28, 28]);
  const network = await networkOf(shippedModel(model), { input: calibration }, options);
  const reference = await Reference.of(network, integerKernels);
  let sameClass = 0;
  let equal = 0;
  for (const sample of testDigits(0, DIGITS)) {
    const [own] = interpret(network, [sample]);
    const [theirs] = await reference.run([sample]);
    if (own.indexOf(Math.max(...own)) === theirs.indexOf(Math.max(...theirs))) sameClass++;
    if (theirs.join() === own.join()) equal++;
  }
  await reference.release();
  const isProved = network.program.operations.every((operation) => operation.agreement.difference === 0);
  if (process.env["BITWRIGHT_DIGITS"] !== undefined) {
    console.log(model, JSON.stringify(options), `same class ${sameClass}, equal ${equal} of ${DIGITS}`, isProved);
  }
  return { sameClass: sameClass / DIGITS, equal: equal / DIGITS, isProved };
}

describe.each(MODELS)("%s in integers", (model) => {
  it.each(BYTE_WEIGHTS)("equals ONNX Runtime with weights $scheme $bits $granularity", async (weights) => {
    expect(await agreement(model, { weights }, true)).toEqual({ sameClass: 1, equal: 1, isProved: true });
  });

  it.each(OTHER_WEIGHTS)("agrees with ONNX Runtime with weights $scheme $bits $granularity", async (weights) => {
    expect((await agreement(model, { weights }, false)).sameClass).toBeGreaterThanOrEqual(LEAST_AGREEMENT);
  });

  it.each(OTHER_ACTIVATIONS)("agrees with ONNX Runtime with $weights and activations $activations", async (options) => {
    expect((await agreement(model, options, false)).sameClass).toBeGreaterThanOrEqual(LEAST_AGREEMENT);
  });
});
