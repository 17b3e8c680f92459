/** Instructions per multiply-accumulate on emulated cores: counted, so that no change makes them more unseen. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emitInference } from "../../../src/engine/emit/inference/inference";
import {
  convolutionMacs,
  type Convolution,
  type ConvolutionGeometry,
} from "../../../src/engine/program/operations/convolution";
import type { IntegerProgram, ProgramTensor } from "../../../src/engine/program/program";
import { PLAIN } from "../../../src/engine/program/weight-storage";
import { randomValues } from "../../unit/engine/onnx/model-builder";
import { repositoryPath } from "../../shared";
import { hasToolchain, run } from "../toolchain";

const CORES = [
  ["microbit", "cortex-m0"],
  ["mps2-an385", "cortex-m3"],
  ["mps2-an386", "cortex-m4"],
] as const;

/**
 * Layers with the most instructions per multiply-accumulate that are allowed on M0, M3 and M4. CMSIS-NN takes, by gcc 12 -O2 on
 * the same emulator: 7.56, 3.34, 2.33 (3x3, on 32x32); 7.57, 3.11, 2.05; 35.7, 9.23, 7.68; 6.12, 3.38, 1.94; 11.7, 5.49, 4.77.
 */
const LAYERS = [
  ["conv3x3", square(16, 16, 16, 3), [8.4, 3.9, 2.6]],
  ["conv1x1", { ...square(1, 64, 64, 1), ...map(25, 5) }, [9.2, 3.5, 3.1]],
  ["depthwise", { ...square(1, 64, 64, 3), ...map(25, 5), groups: 64 }, [16.6, 10.9, 11.2]],
  ["dense", square(1, 784, 300, 1), [5.4, 2.8, 2.5]],
  ["first", square(16, 3, 16, 3), [13.4, 6.9, 6.6]],
] as const;

function map(height: number, width: number) {
  return { inputHeight: height, inputWidth: width, outputHeight: height, outputWidth: width };
}

function square(size: number, inputs: number, outputs: number, kernel: number): ConvolutionGeometry {
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

function layerProgram(geometry: ConvolutionGeometry): IntegerProgram {
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
    weights: Int8Array.from(randomValues(count, 1), (value) => Math.round(127 * value)),
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

describe.skipIf(!hasToolchain())("instructions per multiply-accumulate", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitwright-instructions-"));

  beforeAll(() => {
    copyFileSync(repositoryPath("test/firmware/inference/instructions.c"), join(folder, "instructions.c"));
    copyFileSync(repositoryPath("test/firmware/inference/memory.c"), join(folder, "memory.c"));
    for (const file of ["dump.h", "cortex-m.c", "cortex-m.ld"]) {
      copyFileSync(repositoryPath(`test/firmware/target/${file}`), join(folder, file));
    }
    writeFileSync(join(folder, "count.h"), "void count_run(void);\n");
    for (const [label, geometry] of LAYERS) {
      const program = layerProgram(geometry);
      const emission = {
        generatorVersion: "0.0.0-test",
        modelName: "layer.onnx",
        modelSha256: "0".repeat(64),
        recipe: "{}",
        baseName: label,
        program,
        selfTest: [],
        limits: { ram: null, flash: null },
      };
      for (const { path, bytes } of emitInference(emission).artifacts) writeFileSync(join(folder, path), bytes);
      writeFileSync(join(folder, `${label}_count.c`), countSource(label, program));
    }
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(LAYERS)("%s stays within its limits", async (label, geometry, limits) => {
    const { operations } = layerProgram(geometry);
    const macs = operations.reduce(
      (sum, operation) => sum + (operation.kind === "convolution" ? convolutionMacs(operation) : 0),
      0,
    );
    const measured: number[] = [];
    for (const [board, core] of CORES) measured.push((await instructions(label, board, core, folder)) / macs);
    measured.forEach((value, core) => expect(value).toBeLessThan(limits[core]));
  });
});

/** The input is constant, so that the memory of the smallest board is enough. */
function countSource(label: string, { tensors }: IntegerProgram): string {
  const [input, output] = tensors.map(({ dims }) => dims.reduce((product, dim) => product * dim, 1));
  return [
    `#include "${label}.h"`,
    '#include "count.h"',
    `static const int8_t input[${input}] = {${Array.from(randomValues(input, 2), (value) => Math.round(127 * value)).join(",")}};`,
    `static int8_t output[${output}];`,
    "void count_run(void)",
    "{",
    `    ${label}_run(input, output);`,
    "}",
    "",
  ].join("\n");
}

async function instructions(label: string, board: string, core: string, folder: string): Promise<number> {
  const file = `${label}-${core}.elf`;
  const flags = ["-std=c99", `-mcpu=${core}`, "-mthumb", "-O2", "-ffreestanding", "-nostdlib"];
  const sources = [`${label}.c`, `${label}_count.c`, "instructions.c", "cortex-m.c", "memory.c"];
  await run("arm-none-eabi-gcc", [...flags, ...sources, "-T", "cortex-m.ld", "-o", file, "-lgcc"], folder);
  const emulator = ["-M", board, "-icount", "shift=0", "-display", "none", "-monitor", "none", "-serial", "none"];
  const printed = await run(
    "qemu-system-arm",
    [...emulator, "-semihosting-config", "enable=on,target=native", "-kernel", file],
    folder,
  );
  const [, hex] = printed.trim().split(" ");
  const ticks = Buffer.from(hex, "hex");
  const [calibration, layer] = [ticks.readUInt32LE(0), ticks.readUInt32LE(4)];
  return (layer * 2_000_000) / calibration;
}
