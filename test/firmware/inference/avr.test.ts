/** Generated networks on AVR: int has 16 bits there, and constants are read from flash by instructions of their own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ModelSource } from "../../../src/engine/model-source";
import { elementCount } from "../../../src/engine/onnx/tensor";
import { inputCodes } from "../../../src/engine/program/samples";
import type { Options } from "../../unit/engine/emit/qdq/quantized-model";
import { randomValues } from "../../unit/engine/onnx/model-builder";
import { shippedModel } from "../../unit/engine/onnx/real-models";
import { concatenated, testDigits, trainingDigits } from "../../unit/engine/program/digits";
import { networkOf } from "../../unit/engine/program/networks";
import { randomNetwork } from "../../unit/engine/program/random-networks";
import { hasToolchain } from "../toolchain";
import {
  avrLines,
  checkAvrSyntax,
  emissionOf,
  expectedLines,
  FLOAT_SYMBOL,
  programFiles,
  writePrograms,
} from "./programs";

/** What differs in the kernels of a network: forms of weights, and widths of codes and sums. */
const OPTIONS: readonly Options[] = [
  ...Array<Options>(8).fill({}),
  { weights: { bits: 3 } },
  { weights: { scheme: "affine", bits: 5, granularity: "tensor" } },
  { weights: { scheme: "ceil", bits: 4 } },
  { weights: { scheme: "log2", bits: 5 } },
  { weights: { scheme: "codebook-kmeans", bits: 4, granularity: "tensor" } },
  { weights: { scheme: "block", bits: 4, granularity: "block", blockSize: 5 } },
  { weights: { scheme: "pow2", bits: 4 }, activations: { scheme: "pow2", bits: 8 } },
  ...Array<Options>(3).fill({ activations: { scheme: "symmetric", bits: 16 } }),
  { weights: { bits: 16 }, activations: { scheme: "affine", bits: 16 } },
  { activations: { scheme: "ceil", bits: 8 } },
];

interface Case {
  readonly label: string;
  readonly source: ModelSource;
  readonly options: Options;
  readonly input: string;
  readonly dims: readonly number[];
  /** Numbers that show the ranges. */
  readonly shown: Float32Array;
  readonly samples: readonly Float32Array[];
}

function randomCase(options: Options, index: number): Case {
  const seed = 500 + index;
  const { source, inputDims } = randomNetwork(seed, "all");
  const count = elementCount(inputDims);
  const samples = [1, 2].map((run) => randomValues(count, 7 * seed + run));
  const shown = randomValues(count, seed);
  return { label: `random${index}`, source, options, input: "x", dims: inputDims, shown, samples };
}

const DIGITS: Case = {
  label: "digits",
  source: shippedModel("mnist-dscnn-bn.onnx"),
  options: {},
  input: "input",
  dims: [100, 1, 28, 28],
  shown: concatenated(trainingDigits(0, 100)),
  samples: testDigits(0, 2),
};

const CASES = [DIGITS, ...OPTIONS.map(randomCase)];

describe.skipIf(!hasToolchain())("generated networks on AVR", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitwright-avr-"));
  const programs = CASES.map(({ label }) => programFiles(label));

  beforeAll(async () => {
    for (const [index, { label, source, options, input, dims, shown, samples }] of CASES.entries()) {
      const { program } = await networkOf(source, { [input]: new Tensor("float32", shown, dims) }, options);
      const runs = samples.map((sample) => [inputCodes(program.tensors[program.inputs[0]], sample)]);
      programs[index].cases.push({ label, emission: emissionOf(label, source, program), runs });
    }
    writePrograms(programs, folder);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ["avr-gcc", "c", "gnu99"],
    ["avr-gcc", "c", "c99"],
    ["avr-g++", "c++", "c++11"],
  ] as const)("compile without a warning: %s, %s, %s", async (...compiler) => {
    await checkAvrSyntax(programs, compiler, folder);
  });

  it.each(programs)("compute what the interpreter computes, with constants in flash: $label", async (program) => {
    const { symbols, dataBytes, lines } = await avrLines(program, folder);
    expect(symbols).not.toMatch(FLOAT_SYMBOL);
    // The driver's own: its samples, its labels, and an end that is even.
    const samples = program.cases.flatMap(({ runs }) => runs.flat());
    const driver =
      samples.reduce((sum, { byteLength }) => sum + byteLength, 0) + program.label.length + ".0".length + 2;
    expect(dataBytes).toBeLessThanOrEqual(driver);
    expect(lines).toEqual(expectedLines(program));
  });
});
