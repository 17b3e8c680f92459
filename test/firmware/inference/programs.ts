/** Programs of generated networks: written to a folder, built by real compilers, run on the host and on emulated cores. */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { emitInference } from "../../../src/engine/emit/inference/inference";
import type { InferenceEmission } from "../../../src/engine/emit/inference/emission";
import type { ModelSource } from "../../../src/engine/model-source";
import { elementCount } from "../../../src/engine/onnx/tensor";
import type { IntegerProgram } from "../../../src/engine/program/program";
import { inputCodes } from "../../../src/engine/program/samples";
import { repositoryPath } from "../../shared";
import { randomValues } from "../../unit/engine/onnx/model-builder";
import { networkOf } from "../../unit/engine/program/networks";
import { randomNetwork } from "../../unit/engine/program/random-networks";
import { dumpAllSource } from "../readback";
import { AVR, avrOutput, run } from "../toolchain";
import { driverSource, expectedOutputs, type Runs } from "./driver";

export const STRICT = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"];

export const HOST_COMPILERS = [
  ["gcc", "c", "c99"],
  ["g++", "c++", "c++11"],
  ["g++", "c++", "c++17"],
  ["clang", "c", "c99"],
  ["clang++", "c++", "c++17"],
] as const;

export const BOARDS = [
  ["microbit", "cortex-m0"],
  ["mps2-an385", "cortex-m3"],
  ["mps2-an386", "cortex-m4"],
  ["mps2-an500", "cortex-m7"],
] as const;

/** Soft-float helpers of the ARM ABI and of GCC, and functions of the mathematics library. */
export const FLOAT_SYMBOL =
  /__aeabi_c?[fd]|__aeabi_(u?[il]|h)2[fdh]|[sdt]f[0-9]?$|\b(pow|exp|log|sqrt|round|floor|ceil|lrint)f?$/m;

export interface NetworkCase {
  readonly label: string;
  readonly emission: InferenceEmission;
  readonly runs: Runs;
}

/** Networks that are linked into one program, so that each program fits the smallest board. */
export interface ProgramFiles {
  readonly label: string;
  readonly cases: NetworkCase[];
  /** Files without drivers. */
  readonly generated: string[];
  readonly drivers: string[];
}

export function programFiles(label: string): ProgramFiles {
  return { label, cases: [], generated: [], drivers: [] };
}

export function emissionOf(baseName: string, source: ModelSource, program: IntegerProgram): InferenceEmission {
  return {
    generatorVersion: "0.0.0-test",
    modelName: source.name,
    modelSha256: source.sha256,
    recipe: "{}",
    baseName,
    program,
    selfTest: [],
    limits: { ram: null, flash: null },
  };
}

/** Small networks of all operators, each with a few inputs. */
export async function randomCase(seed: number): Promise<NetworkCase> {
  const { source, inputDims } = randomNetwork(seed, "all");
  const count = elementCount(inputDims);
  const { program } = await networkOf(source, { x: new Tensor("float32", randomValues(count, seed), inputDims) });
  const runs = [1, 2].map((run) => [
    inputCodes(program.tensors[program.inputs[0]], randomValues(count, 7 * seed + run)),
  ]);
  return { label: `random${seed}`, emission: emissionOf(`random${seed}`, source, program), runs };
}

/** Writes what the programs are built of. */
export function writePrograms(programs: readonly ProgramFiles[], folder: string): void {
  for (const program of programs) writeProgram(program, folder);
  copyFileSync(repositoryPath("test/firmware/inference/memory.c"), join(folder, "memory.c"));
  for (const file of ["dump.h", "host.c", "avr.c", "cortex-m.c", "cortex-m.ld"]) {
    copyFileSync(repositoryPath(`test/firmware/target/${file}`), join(folder, file));
  }
}

function writeProgram({ label: program, cases, generated, drivers }: ProgramFiles, folder: string): void {
  for (const { label, emission, runs } of cases) {
    for (const { path, bytes } of emitInference(emission).artifacts) {
      writeFileSync(join(folder, path), bytes, { flag: "wx" });
      if (path.endsWith(".c")) generated.push(path);
    }
    writeFileSync(join(folder, `${label}_driver.c`), driverSource(emission, label, runs));
    drivers.push(`${label}_driver.c`);
  }
  writeFileSync(join(folder, `${program}_all.c`), dumpAllSource(cases.map(({ label }) => label)));
  drivers.push(`${program}_all.c`);
}

/** Lines of what was generated that are longer than a reader's window. */
export function longLines(programs: readonly ProgramFiles[], folder: string): string[] {
  const files = programs.flatMap(({ generated }) => generated);
  return files
    .flatMap((file) => readFileSync(join(folder, file), "utf8").split("\n"))
    .filter((line) => line.length > LONGEST_LINE);
}

/** What the interpreter computes, as a program prints it. */
export function expectedLines({ cases }: ProgramFiles): string[] {
  return cases.flatMap(({ label, emission, runs }) => expectedOutputs(emission.program, label, runs));
}

/** Compiles what was generated, and fails on any warning. */
export async function checkSyntax(
  programs: readonly ProgramFiles[],
  [compiler, language, standard]: readonly [string, string, string],
  folder: string,
): Promise<void> {
  const generated = programs.flatMap((program) => program.generated);
  await run(compiler, ["-x", language, `-std=${standard}`, ...STRICT, "-fsyntax-only", ...generated], folder);
}

const LONGEST_LINE = 120;

/** Milliseconds that many networks together may take to compile. */
const HOST_TIMEOUT = 240_000;

/** Milliseconds that all programs of a test may take on a board, while other work shares the machine. */
export const BOARD_TIMEOUT = 480_000;

/** The same for AVR. */
export async function checkAvrSyntax(
  programs: readonly ProgramFiles[],
  [compiler, language, standard]: readonly [string, string, string],
  folder: string,
): Promise<void> {
  const generated = programs.flatMap((program) => program.generated);
  await run(
    compiler,
    ["-x", language, `-std=${standard}`, ...STRICT, `-mmcu=${AVR}`, "-fsyntax-only", ...generated],
    folder,
  );
}

/** What the program prints on an emulated AVR, the names of its symbols, and the bytes of constants and variables that flash and RAM hold both. */
export async function avrLines(
  { label, generated, drivers }: ProgramFiles,
  folder: string,
): Promise<{ readonly symbols: string; readonly dataBytes: number; readonly lines: string[] }> {
  const file = `avr-${label}.elf`;
  const flags = ["-std=gnu99", ...STRICT, `-mmcu=${AVR}`, "-Os"];
  await run("avr-gcc", [...flags, ...generated, ...drivers, "avr.c", "-o", file], folder);
  const symbols = await run("avr-nm", [file], folder);
  const sizes = await run("avr-size", ["-A", file], folder);
  const printed = await avrOutput(file, folder);
  const lines = [...printed.matchAll(new RegExp(`${label}\\.\\d+ [0-9a-f]+`, "g"))].map(([line]) => line);
  return { symbols, dataBytes: Number(/^\.data +(\d+)/m.exec(sizes)?.[1]), lines };
}

/** What the program prints on the host, under the address and undefined-behaviour sanitizers. */
export async function hostLines({ label, generated, drivers }: ProgramFiles, folder: string): Promise<string[]> {
  const flags = ["-std=c99", ...STRICT, "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
  await run("gcc", [...flags, ...generated, ...drivers, "host.c", "-o", `host-${label}`], folder, HOST_TIMEOUT);
  return (await run(join(folder, `host-${label}`), [], folder)).trimEnd().split("\n");
}

/** What the program prints on an emulated board, and the names of its symbols. */
export async function boardLines(
  { label, generated, drivers }: ProgramFiles,
  [board, core]: readonly [string, string],
  folder: string,
): Promise<{ readonly symbols: string; readonly lines: string[] }> {
  const file = `${board}-${label}.elf`;
  const flags = ["-std=c99", ...STRICT, `-mcpu=${core}`, "-mthumb", "-O2", "-ffreestanding", "-nostdlib"];
  const link = ["-T", "cortex-m.ld", "-Wl,--fatal-warnings", "-o", file, "-lgcc"];
  await run("arm-none-eabi-gcc", [...flags, ...generated, ...drivers, "cortex-m.c", "memory.c", ...link], folder);
  const symbols = await run("arm-none-eabi-nm", [file], folder);
  const emulator = ["-M", board, "-display", "none", "-monitor", "none", "-serial", "none"];
  const semihosting = ["-semihosting-config", "enable=on,target=native", "-kernel", file];
  const printed = await run("qemu-system-arm", [...emulator, ...semihosting], folder);
  return { symbols, lines: printed.trimEnd().split("\n") };
}
