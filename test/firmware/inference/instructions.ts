/** Layers whose generated C is measured on emulated cores: instructions per multiply-accumulate, and bytes of code. */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { InferenceEmission, Optimization } from "../../../src/engine/emit/inference/emission";
import { emitInference } from "../../../src/engine/emit/inference/inference";
import {
  convolutionMacs,
  type Convolution,
  type ConvolutionGeometry,
} from "../../../src/engine/program/operations/convolution";
import { elementCount } from "../../../src/engine/onnx/tensor";
import type { IntegerProgram, ProgramTensor } from "../../../src/engine/program/program";
import { PLAIN } from "../../../src/engine/program/weight-storage";
import { randomValues } from "../../unit/engine/onnx/model-builder";
import { run } from "../toolchain";

/** Milliseconds that a network may take to compile, and a run of it in the emulator. */
const TIMEOUT = 900_000;

interface Core {
  readonly name: "cortex-m0" | "cortex-m3" | "cortex-m4";
  readonly label: string;
  readonly board: string;
  /** Bytes of code that a convolution may take. */
  readonly codeLimit: number;
}

/** M0 code runs on the M3 board, whose core takes it as it is and which has more memory. */
export const CORES: readonly Core[] = [
  { name: "cortex-m0", label: "M0", board: "mps2-an385", codeLimit: 2600 },
  { name: "cortex-m3", label: "M3", board: "mps2-an385", codeLimit: 2400 },
  { name: "cortex-m4", label: "M4", board: "mps2-an386", codeLimit: 2900 },
];

interface MeasuredLayer {
  readonly name: string;
  readonly description: string;
  readonly geometry: ConvolutionGeometry;
  /** Instructions per multiply-accumulate of CMSIS-NN on each core, by gcc 12 -O2 on the same emulator. */
  readonly cmsisNn: readonly [number, number, number];
}

export const LAYERS: readonly MeasuredLayer[] = [
  {
    name: "conv3x3",
    description: "3x3, 16 to 16, 32x32",
    geometry: square(32, 16, 16, 3),
    cmsisNn: [7.56, 3.34, 2.33],
  },
  {
    name: "conv1x1",
    description: "1x1, 64 to 64, 25x5",
    geometry: { ...square(1, 64, 64, 1), ...map(25, 5) },
    cmsisNn: [7.57, 3.11, 2.05],
  },
  {
    name: "depthwise",
    description: "depthwise 3x3, 64, 25x5",
    geometry: { ...square(1, 64, 64, 3), ...map(25, 5), groups: 64 },
    cmsisNn: [35.7, 9.23, 7.68],
  },
  { name: "dense", description: "dense, 784 to 300", geometry: square(1, 784, 300, 1), cmsisNn: [6.12, 3.38, 1.94] },
  { name: "first", description: "3x3, 3 to 16, 32x32", geometry: square(32, 3, 16, 3), cmsisNn: [11.7, 5.49, 4.77] },
];

function map(height: number, width: number) {
  return { inputHeight: height, inputWidth: width, outputHeight: height, outputWidth: width };
}

/** A map of the same size before and after. */
export function square(size: number, inputs: number, outputs: number, kernel: number): ConvolutionGeometry {
  return {
    ...map(size, size),
    inputChannels: inputs,
    outputChannels: outputs,
    kernelHeight: kernel,
    kernelWidth: kernel,
    strideHeight: 1,
    strideWidth: 1,
    dilationHeight: 1,
    dilationWidth: 1,
    padTop: (kernel - 1) / 2,
    padLeft: (kernel - 1) / 2,
    groups: 1,
  };
}

export type LayerProgram = IntegerProgram & { readonly operations: readonly [Convolution] };

/** @param weights random ones where left out */
export function layerProgram(geometry: ConvolutionGeometry, weights?: Int8Array): LayerProgram {
  const { inputHeight, inputWidth, inputChannels, outputHeight, outputWidth, outputChannels, groups } = geometry;
  const count = (outputChannels * geometry.kernelHeight * geometry.kernelWidth * inputChannels) / groups;
  const tensor = (name: string, dims: number[]): ProgramTensor => {
    const stored = [dims[0], dims[2], dims[3], dims[1]];
    return {
      name,
      dims,
      storedDims: stored,
      type: "int8",
      scale: 0.5,
      zeroPoint: 3,
      codeMin: -128,
      codeMax: 127,
      rounding: "nearest",
    };
  };
  const operation: Convolution = {
    kind: "convolution",
    node: "layer",
    operator: "Conv",
    inputs: [0],
    output: 1,
    agreement: { checked: "none", difference: null, differing: 0 },
    geometry,
    weights: weights ?? codes(count, 1),
    storage: PLAIN,
    blocks: null,
    weightBits: 8,
    weightScales: Float32Array.of(0.01),
    bias: new Int32Array(outputChannels).fill(100),
    biasShifts: null,
    inputOffset: -3,
    requantization: [{ rounding: "half-up", multiplier: 1518500250, shift: 40 }],
    outputOffset: -5,
    activationMin: -128,
    activationMax: 127,
    accumulatorBits: 32,
  };
  const tensors = [
    tensor("x", [1, inputChannels, inputHeight, inputWidth]),
    tensor("y", [1, outputChannels, outputHeight, outputWidth]),
  ];
  return { tensors, inputs: [0], outputs: [1], operations: [operation] };
}

/** Random codes without -128. */
export function codes(count: number, seed: number): Int8Array {
  return Int8Array.from(randomValues(count, seed), (value) => Math.round(127 * value));
}

/** What makes C of a layer alone. */
export function layerEmission(baseName: string, program: IntegerProgram, optimize: Optimization): InferenceEmission {
  return {
    generatorVersion: "0.0.0-test",
    modelName: "layer.onnx",
    modelSha256: "0".repeat(64),
    recipe: "{}",
    baseName,
    program,
    optimize,
    selfTest: [],
    limits: { ram: null, flash: null },
  };
}

/** What programs that count are built of. @param sources the repository's `test/firmware` */
export function writeTarget(folder: string, sources: string): void {
  for (const file of ["inference/instructions.c", "inference/memory.c", "target/dump.h", "target/cortex-m.c"]) {
    copyFileSync(join(sources, file), join(folder, file.slice(file.indexOf("/") + 1)));
  }
  const script = readFileSync(join(sources, "target/cortex-m.ld"), "utf8");
  // The MPS2 boards have 4 MB of either.
  writeFileSync(join(folder, "cortex-m.ld"), script.replace(/LENGTH = (256|16)K/g, "LENGTH = 4M"));
  writeFileSync(join(folder, "count.h"), "void count_run(void);\n");
}

/** @param sources the repository's `test/firmware` */
export function writeMeasurement(folder: string, sources: string): void {
  writeTarget(folder, sources);
  for (const { name, geometry } of LAYERS) {
    const program = layerProgram(geometry);
    for (const optimize of ["speed", "size"] as const) {
      writeCounted(layerEmission(`${name}_${optimize}`, program, optimize), folder);
    }
  }
}

/** The network as C, and a run of it on random codes. */
export function writeCounted(emission: InferenceEmission, folder: string): void {
  for (const { path, bytes } of emitInference(emission).artifacts) writeFileSync(join(folder, path), bytes);
  const { baseName, program } = emission;
  writeFileSync(join(folder, `${baseName}_count.c`), countSource(baseName, program));
}

function countSource(label: string, { tensors, inputs, outputs }: IntegerProgram): string {
  const [input, output] = [...inputs, ...outputs].map((tensor) => elementCount(tensors[tensor].dims));
  return [
    `#include "${label}.h"`,
    '#include "count.h"',
    `static const int8_t input[${input}] = {${codes(input, 2).join(",")}};`,
    `static int8_t output[${output}];`,
    "void count_run(void)",
    "{",
    `    ${label}_run(input, output);`,
    "}",
    "",
  ].join("\n");
}

export interface LayerMeasurement {
  readonly perMac: number;
  /** Of the functions of the layer's file. */
  readonly codeBytes: number;
}

/** @param folder where `writeMeasurement` wrote */
export async function measureLayer(
  { name, geometry }: MeasuredLayer,
  core: Core,
  optimize: Optimization,
  folder: string,
): Promise<LayerMeasurement> {
  const { instructions, codeBytes } = await countRun(`${name}_${optimize}`, core, folder);
  const [operation] = layerProgram(geometry).operations;
  return { perMac: instructions / convolutionMacs(operation), codeBytes };
}

/**
 * Builds what `writeCounted` wrote, and runs it once.
 * @returns instructions of the run, and bytes of the functions of its file
 */
export async function countRun(
  label: string,
  core: Core,
  folder: string,
): Promise<{ readonly instructions: number; readonly codeBytes: number }> {
  const file = `${label}-${core.name}`;
  const flags = ["-std=c99", `-mcpu=${core.name}`, "-mthumb", "-O2", "-ffreestanding"];
  await run("arm-none-eabi-gcc", [...flags, "-c", `${label}.c`, "-o", `${file}.o`], folder, TIMEOUT);
  const sources = [`${file}.o`, `${label}_count.c`, "instructions.c", "cortex-m.c", "memory.c"];
  const link = ["-nostdlib", ...sources, "-T", "cortex-m.ld", "-o", `${file}.elf`, "-lgcc"];
  await run("arm-none-eabi-gcc", [...flags, ...link], folder, TIMEOUT);
  const emulator = ["-M", core.board, "-icount", "shift=0", "-display", "none", "-monitor", "none", "-serial", "none"];
  const semihosting = ["-semihosting-config", "enable=on,target=native", "-kernel", `${file}.elf`];
  const [, hex] = (await run("qemu-system-arm", [...emulator, ...semihosting], folder, TIMEOUT)).trim().split(" ");
  const ticks = Buffer.from(hex, "hex");
  const instructions = (ticks.readUInt32LE(4) * 2_000_000) / ticks.readUInt32LE(0);
  const symbols = await run("arm-none-eabi-nm", ["--print-size", `${file}.o`], folder);
  const functions = [...symbols.matchAll(/^[0-9a-f]+ ([0-9a-f]+) t /gim)];
  return { instructions, codeBytes: functions.reduce((sum, [, size]) => sum + Number.parseInt(size, 16), 0) };
}
