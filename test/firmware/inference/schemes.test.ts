/** Every weight scheme and width inside generated networks: C on the host and on emulated cores against the interpreter. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe } from "vitest";
import { elementCount } from "../../../src/engine/onnx/tensor";
import { inputCodes } from "../../../src/engine/program/samples";
import type { Options } from "../../unit/engine/emit/qdq/quantized-model";
import { floatTensor, modelSource, node, randomValues, value } from "../../unit/engine/onnx/model-builder";
import { networkOf } from "../../unit/engine/program/networks";
import { randomNetwork } from "../../unit/engine/program/random-networks";
import { hasToolchain } from "../toolchain";
import { computeEverywhere } from "./everywhere";
import { emissionOf, programFiles, writePrograms, type NetworkCase } from "./programs";

type Weights = NonNullable<Options["weights"]>;

const WEIGHTS: readonly Weights[] = [
  ...[2, 3, 4, 5, 6, 7].map((bits) => ({ bits })),
  { bits: 4, granularity: "tensor" },
  { bits: 12 },
  { scheme: "affine", bits: 8 },
  { scheme: "affine", bits: 3, granularity: "tensor" },
  { scheme: "ceil", bits: 1 },
  { scheme: "ceil", bits: 4, granularity: "tensor" },
  { scheme: "ceil", bits: 8 },
  { scheme: "log2", bits: 3 },
  { scheme: "log2", bits: 5, granularity: "tensor" },
  { scheme: "log2", bits: 8 },
  { scheme: "pow2", bits: 4 },
  { scheme: "codebook-kmeans", bits: 4, granularity: "tensor" },
  { scheme: "codebook-kmeans", bits: 3, granularity: "channel", palette: "int8" },
  { scheme: "codebook-uniform", bits: 8, granularity: "tensor" },
  { scheme: "codebook-mixture", bits: 2, granularity: "tensor", palette: "int8" },
  { scheme: "block", bits: 4, granularity: "block", blockSize: 5 },
  { scheme: "block", bits: 3, granularity: "block", blockSize: 8, blockScale: "power-of-two" },
  { scheme: "block", bits: 8, granularity: "block", blockSize: 16 },
];

/** Weights beside activations of 16 bits, and activations that are rounded up. */
const WIDE: readonly Options[] = [
  ...[1, 2, 3].flatMap((): Options[] => [
    { activations: { scheme: "symmetric", bits: 16 } },
    { weights: { bits: 16 }, activations: { scheme: "symmetric", bits: 16 } },
  ]),
  { weights: { scheme: "pow2" }, activations: { scheme: "pow2", bits: 16 } },
  { weights: { scheme: "pow2" }, activations: { scheme: "pow2", bits: 8 } },
  { weights: { scheme: "pow2", bits: 16 }, activations: { scheme: "pow2", bits: 16 } },
  { weights: { bits: 4 }, activations: { scheme: "affine", bits: 16 } },
  { weights: { bits: 16 }, activations: { scheme: "affine", bits: 16 } },
  { weights: { scheme: "block", granularity: "block", bits: 8 }, activations: { scheme: "symmetric", bits: 16 } },
  { weights: { scheme: "log2", bits: 5 }, activations: { scheme: "symmetric", bits: 16 } },
  { weights: { scheme: "codebook-kmeans", granularity: "tensor", bits: 4 }, activations: { scheme: "pow2", bits: 12 } },
];

const ROUNDED_UP: readonly Options[] = [
  ...[8, 8, 8, 8, 4, 2].map((bits): Options => ({ activations: { scheme: "ceil", bits } })),
  { weights: { scheme: "ceil", bits: 2 }, activations: { scheme: "ceil", bits: 2 } },
  { weights: { scheme: "ceil", bits: 1 }, activations: { scheme: "ceil", bits: 1 } },
  { weights: { bits: 16 }, activations: { scheme: "ceil", bits: 12 } },
  { weights: { bits: 16 }, activations: { scheme: "ceil", bits: 16 } },
];

/** Sums and products with a constant of each channel, and slopes of each channel. */
async function linesCase(options: Options, index: number): Promise<NetworkCase> {
  const dims = [1, 3, 4, 5];
  const source = modelSource({
    nodes: [
      node("Mul", ["x", "k"], ["m"], {}, "factors"),
      node("PRelu", ["m", "k"], ["p"], {}, "slopes"),
      node("Add", ["p", "k"], ["y"], {}, "sums"),
    ],
    initializers: [floatTensor("k", [3, 1, 1], [0.5, -1.25, 2])],
    inputs: [value("x", dims)],
    outputs: ["y"],
  });
  const { program } = await networkOf(source, { x: new Tensor("float32", randomValues(60, 1), dims) }, options);
  const runs = [1, 2].map((run) => [inputCodes(program.tensors[program.inputs[0]], randomValues(60, run))]);
  const label = `lines${index}`;
  return { label, emission: emissionOf(label, source, program), runs };
}

/** One network a scheme, another one each. */
async function schemeCase(options: Options, seed: number): Promise<NetworkCase> {
  const { source, inputDims } = randomNetwork(seed, "all");
  const count = elementCount(inputDims);
  const feeds = { x: new Tensor("float32", randomValues(count, seed), inputDims) };
  const { program } = await networkOf(source, feeds, options);
  const runs = [1, 2].map((run) => [
    inputCodes(program.tensors[program.inputs[0]], randomValues(count, 7 * seed + run)),
  ]);
  const label = `case${seed}`;
  return { label, emission: emissionOf(label, source, program), runs };
}

describe.skipIf(!hasToolchain())("generated networks of every scheme", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitwright-schemes-"));
  const programs = ["bytes", "wide", "rounded-up"].map(programFiles);

  beforeAll(async () => {
    for (const [program, options] of [WEIGHTS.map((weights) => ({ weights })), WIDE, ROUNDED_UP].entries()) {
      for (const [index, one] of options.entries()) {
        programs[program].cases.push(await schemeCase(one, 100 * (program + 1) + index));
      }
    }
    const lines: readonly Options[] = [{}, { activations: { scheme: "symmetric", bits: 16 } }];
    for (const [index, options] of lines.entries()) programs[1].cases.push(await linesCase(options, index));
    writePrograms(programs, folder);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  computeEverywhere(programs, folder);
});
