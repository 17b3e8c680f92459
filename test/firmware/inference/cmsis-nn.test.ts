/** Generated networks that call CMSIS-NN, linked with functions that compute what the library documents. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { InferenceEmission } from "../../../src/engine/emit/inference/emission";
import { emitInference } from "../../../src/engine/emit/inference/inference";
import { elementCount } from "../../../src/engine/onnx/tensor";
import { inputCodes } from "../../../src/engine/program/samples";
import {
  floatTensor,
  modelSource,
  node,
  randomTensor,
  randomValues,
  value,
} from "../../unit/engine/onnx/model-builder";
import { shippedModel } from "../../unit/engine/onnx/real-models";
import { concatenated, testDigits, trainingDigits } from "../../unit/engine/program/digits";
import { networkOf, type Network } from "../../unit/engine/program/networks";
import { randomNetwork } from "../../unit/engine/program/random-networks";
import { repositoryPath } from "../../shared";
import { dumpAllSource } from "../readback";
import { hasToolchain, run } from "../toolchain";
import { driverSource, expectedOutputs, type Runs } from "./driver";

const STRICT = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"];
const RANDOM_NETWORKS = 16;

/** Quantizing all networks, in milliseconds. */
const MODELS_TIMEOUT = 120_000;

/** Functions of the library that some network must call. */
const CALLED = [
  "arm_convolve_wrapper_s8(",
  "arm_depthwise_conv_wrapper_s8(",
  "arm_fully_connected_s8(",
  "arm_max_pool_s8(",
  "arm_avgpool_s8(",
  "arm_elementwise_add_s8(",
];

/** How the library rounds, and the macro that makes it so. */
const MODES = [
  ["tflite", []],
  ["cmsis-single", ["-DCMSIS_NN_USE_SINGLE_ROUNDING"]],
] as const;
type Mode = (typeof MODES)[number][0];

interface Case {
  readonly label: string;
  readonly emission: InferenceEmission;
  readonly runs: Runs;
}

/** Averages of nine codes, a depthwise convolution with two outputs a channel, and a sum of two branches. */
const BRANCHES = modelSource({
  nodes: [
    node("Conv", ["x", "w1"], ["a"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
    node("Conv", ["x", "w2"], ["b"], { kernel_shape: [1, 1] }),
    node("Add", ["a", "b"], ["sum"]),
    node("AveragePool", ["sum"], ["average"], { kernel_shape: [3, 3], strides: [2, 2] }),
    node("Conv", ["average", "w3"], ["y"], { kernel_shape: [2, 2], group: 4, dilations: [2, 1], pads: [1, 0, 2, 1] }),
  ],
  initializers: [
    randomTensor("w1", [4, 3, 3, 3], 1),
    randomTensor("w2", [4, 3, 1, 1], 2),
    randomTensor("w3", [8, 1, 2, 2], 3),
    floatTensor("unused", [1], [0]),
  ],
  inputs: [value("x", [1, 3, 9, 11])],
  outputs: ["y"],
});

async function casesOf(mode: Mode): Promise<Case[]> {
  const rounding = { rounding: mode };
  const digits = new Tensor("float32", concatenated(trainingDigits(0, 50)), [50, 1, 28, 28]);
  const cases: Case[] = [];
  for (const [label, model, granularity] of [
    ["lenet", "mnist-lenet5.onnx", "tensor"],
    ["dscnn", "mnist-dscnn-bn.onnx", "channel"],
  ] as const) {
    const network = await networkOf(shippedModel(model), { input: digits }, { weights: { granularity } }, rounding);
    cases.push(caseOf(label, network, testDigits(0, 4)));
  }
  const sample = new Tensor("float32", randomValues(297, 5), [1, 3, 9, 11]);
  cases.push(caseOf("branches", await networkOf(BRANCHES, { x: sample }, {}, rounding), [randomValues(297, 6)]));
  for (let seed = 1; seed <= RANDOM_NETWORKS; seed++) {
    const { source, inputDims } = randomNetwork(seed, "all");
    const count = elementCount(inputDims);
    const feeds = { x: new Tensor("float32", randomValues(count, seed), inputDims) };
    const granularity = seed % 2 === 0 ? "channel" : "tensor";
    const network = await networkOf(source, feeds, { weights: { granularity } }, rounding);
    cases.push(caseOf(`random${seed}`, network, [randomValues(count, 7 * seed)]));
  }
  return cases;
}

function caseOf(label: string, { program }: Network, samples: readonly Float32Array[]): Case {
  const emission: InferenceEmission = {
    generatorVersion: "0.0.0-test",
    modelName: `${label}.onnx`,
    modelSha256: "0".repeat(64),
    recipe: "{}",
    baseName: label,
    program,
    backend: "cmsis-nn",
    selfTest: [],
    limits: { ram: null, flash: null },
  };
  return { label, emission, runs: samples.map((sample) => [inputCodes(program.tensors[program.inputs[0]], sample)]) };
}

describe.skipIf(!hasToolchain())("networks that call CMSIS-NN", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitwright-cmsis-nn-"));
  const files = new Map<Mode, { readonly sources: string[]; readonly expected: string[]; readonly text: string }>();

  beforeAll(async () => {
    for (const file of ["arm_nnfunctions.h", "reference.c"]) {
      copyFileSync(repositoryPath(`test/firmware/inference/cmsis-nn/${file}`), join(folder, file));
    }
    for (const file of ["dump.h", "host.c"]) {
      copyFileSync(repositoryPath(`test/firmware/target/${file}`), join(folder, file));
    }
    for (const [mode] of MODES) {
      const prefix = mode.replace("-", "_");
      const sources: string[] = [];
      let text = "";
      const cases = (await casesOf(mode)).map((item) => ({
        ...item,
        emission: { ...item.emission, baseName: `${prefix}_${item.label}` },
      }));
      for (const { label, emission, runs } of cases) {
        for (const { path, bytes } of emitInference(emission).artifacts) {
          writeFileSync(join(folder, path), bytes, { flag: "wx" });
          if (path.endsWith(".c")) sources.push(path);
          text += new TextDecoder().decode(bytes);
        }
        writeFileSync(join(folder, `${prefix}_${label}_driver.c`), driverSource(emission, label, runs));
        sources.push(`${prefix}_${label}_driver.c`);
      }
      writeFileSync(join(folder, `${prefix}_all.c`), dumpAllSource(cases.map(({ label }) => label)));
      const expected = cases.flatMap(({ label, emission, runs }) => expectedOutputs(emission.program, label, runs));
      files.set(mode, { sources: [...sources, `${prefix}_all.c`], expected, text });
    }
  }, MODELS_TIMEOUT);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(MODES)("compute what the interpreter computes: %s", async (mode, macros) => {
    const { sources, expected, text } = files.get(mode)!;
    for (const name of CALLED) expect(text).toContain(name);
    const flags = ["-std=c99", ...STRICT, ...macros, "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    await run("gcc", [...flags, ...sources, "reference.c", "host.c", "-o", mode], folder);
    expect((await run(join(folder, mode), [], folder)).trimEnd().split("\n")).toEqual(expected);
  });

  it("take dense layers as convolutions where the library wants sums of weights", async () => {
    const { sources, expected } = files.get("tflite")!;
    await run("gcc", ["-std=c99", "-DWANTS_SUMS", ...sources, "reference.c", "host.c", "-o", "sums"], folder);
    expect((await run(join(folder, "sums"), [], folder)).trimEnd().split("\n")).toEqual(expected);
  });

  it("are C++ too", async () => {
    const generated = files.get("tflite")!.sources.filter((file) => !/_(driver|all)\.c$/.test(file));
    await run("g++", ["-x", "c++", "-std=c++11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", ...generated], folder);
  });

  it.each([
    ["tflite", ["-DCMSIS_NN_USE_SINGLE_ROUNDING"]],
    ["cmsis-single", []],
  ] as const)("do not compile where the library rounds otherwise: %s", async (mode, macros) => {
    const [source] = files.get(mode)!.sources;
    await expect(run("gcc", [...macros, "-fsyntax-only", source], folder)).rejects.toThrow("SINGLE_ROUNDING");
  });

  it("say so where there is too little scratch memory, and run nothing", async () => {
    const main = `#include "tflite_lenet.h"
static int8_t input[TFLITE_LENET_INPUT_COUNT];
static int8_t output[TFLITE_LENET_OUTPUT_COUNT];
int main(void) { return (tflite_lenet_run(input, output) == ARM_CMSIS_NN_ARG_ERROR_CODE) ? 0 : 1; }
`;
    writeFileSync(join(folder, "little.c"), main);
    const macros = ["-DTFLITE_LENET_SCRATCH_BYTES=16", "-DARM_CMSIS_NN_ARG_ERROR_CODE=-1"];
    await run("gcc", ["-std=c99", ...macros, "tflite_lenet.c", "little.c", "reference.c", "-o", "little"], folder);
    await run(join(folder, "little"), [], folder);
  });
});
