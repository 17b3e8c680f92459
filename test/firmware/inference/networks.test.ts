/** Generated networks meet real compilers and emulated microcontrollers: all must compute what the interpreter computes. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emitInference } from "../../../src/engine/emit/inference/inference";
import type { InferenceEmission } from "../../../src/engine/emit/inference/emission";
import type { ModelSource } from "../../../src/engine/model-source";
import { elementCount } from "../../../src/engine/onnx/tensor";
import type { IntegerProgram } from "../../../src/engine/program/program";
import { randomValues } from "../../unit/engine/onnx/model-builder";
import { randomNetwork } from "../../unit/engine/program/random-networks";
import { shippedModel } from "../../unit/engine/onnx/real-models";
import { concatenated, testDigits, trainingDigits } from "../../unit/engine/program/digits";
import { inputCodes } from "../../../src/engine/program/samples";
import { networkOf } from "../../unit/engine/program/networks";
import { repositoryPath } from "../../shared";
import { dumpAllSource } from "../readback";
import { hasToolchain, run } from "../toolchain";
import { driverSource, expectedOutputs, type Runs } from "./driver";

const STRICT = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"];
const HOST_COMPILERS = [
  ["gcc", "c", "c99"],
  ["g++", "c++", "c++17"],
  ["clang", "c", "c99"],
  ["clang++", "c++", "c++17"],
] as const;
const BOARDS = [
  ["microbit", "cortex-m0"],
  ["mps2-an385", "cortex-m3"],
  ["mps2-an386", "cortex-m4"],
  ["mps2-an500", "cortex-m7"],
] as const;

/** Soft-float helpers of the ARM ABI and of GCC, and functions of the mathematics library. */
const FLOAT_SYMBOL =
  /__aeabi_c?[fd]|__aeabi_(u?[il]|h)2[fdh]|[sdt]f[0-9]?$|\b(pow|exp|log|sqrt|round|floor|ceil|lrint)f?$/m;

const RANDOM_NETWORKS = 24;

interface NetworkCase {
  readonly label: string;
  readonly emission: InferenceEmission;
  readonly runs: Runs;
}

async function digitNetwork(label: string, model: string, granularity: "channel" | "tensor"): Promise<NetworkCase> {
  const source = shippedModel(model);
  const calibration = new Tensor("float32", concatenated(trainingDigits(0, 100)), [100, 1, 28, 28]);
  const { program } = await networkOf(source, { input: calibration }, { weights: { granularity } });
  const runs = testDigits(0, 6).map((sample) => [inputCodes(program.tensors[program.inputs[0]], sample)]);
  return { label, emission: emissionOf(label, source, program), runs };
}

/** Small networks of all operators, each with a few inputs. */
async function randomCase(seed: number): Promise<NetworkCase> {
  const { source, inputDims } = randomNetwork(seed, "all");
  const count = elementCount(inputDims);
  const { program } = await networkOf(source, { x: new Tensor("float32", randomValues(count, seed), inputDims) });
  const runs = [1, 2].map((run) => [
    inputCodes(program.tensors[program.inputs[0]], randomValues(count, 7 * seed + run)),
  ]);
  return { label: `random${seed}`, emission: emissionOf(`random${seed}`, source, program), runs };
}

function emissionOf(baseName: string, source: ModelSource, program: IntegerProgram): InferenceEmission {
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

/** Networks that are linked into one program, so that each program fits the smallest board. */
interface ProgramFiles {
  readonly label: string;
  readonly cases: NetworkCase[];
  /** Files without drivers. */
  readonly generated: string[];
  readonly drivers: string[];
}

describe.skipIf(!hasToolchain())("generated networks", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitwright-inference-"));
  const programs: ProgramFiles[] = ["digits", "random"].map((label) => ({
    label,
    cases: [],
    generated: [],
    drivers: [],
  }));
  const [digits, random] = programs;

  beforeAll(async () => {
    digits.cases.push(await digitNetwork("lenet", "mnist-lenet5.onnx", "channel"));
    digits.cases.push(await digitNetwork("dscnn", "mnist-dscnn-bn.onnx", "tensor"));
    for (let seed = 1; seed <= RANDOM_NETWORKS; seed++) random.cases.push(await randomCase(seed));
    for (const program of programs) writeProgram(program, folder);
    copyFileSync(repositoryPath("test/firmware/inference/memory.c"), join(folder, "memory.c"));
    for (const file of ["dump.h", "host.c", "cortex-m.c", "cortex-m.ld"]) {
      copyFileSync(repositoryPath(`test/firmware/target/${file}`), join(folder, file));
    }
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const expected = ({ cases }: ProgramFiles) =>
    cases.flatMap(({ label, emission, runs }) => expectedOutputs(emission.program, label, runs));

  it.each(HOST_COMPILERS)("compile without a warning: %s, %s, %s", async (compiler, language, standard) => {
    const generated = programs.flatMap((program) => program.generated);
    await run(compiler, ["-x", language, `-std=${standard}`, ...STRICT, "-fsyntax-only", ...generated], folder);
  });

  it.each(programs)("compute on the host what the interpreter computes, sanitized: $label", async (program) => {
    const flags = ["-std=c99", ...STRICT, "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    await run(
      "gcc",
      [...flags, ...program.generated, ...program.drivers, "host.c", "-o", `host-${program.label}`],
      folder,
    );
    const printed = await run(join(folder, `host-${program.label}`), [], folder);
    expect(printed.trimEnd().split("\n")).toEqual(expected(program));
  });

  it.each(BOARDS)("compute on %s (%s) what the interpreter computes, without floating point", async (board, core) => {
    for (const program of programs) {
      const file = `${board}-${program.label}.elf`;
      const flags = ["-std=c99", ...STRICT, `-mcpu=${core}`, "-mthumb", "-O2", "-ffreestanding", "-nostdlib"];
      const link = ["-T", "cortex-m.ld", "-Wl,--fatal-warnings", "-o", file, "-lgcc"];
      const sources = [...program.generated, ...program.drivers, "cortex-m.c", "memory.c"];
      await run("arm-none-eabi-gcc", [...flags, ...sources, ...link], folder);
      expect(await run("arm-none-eabi-nm", [file], folder)).not.toMatch(FLOAT_SYMBOL);
      const emulator = ["-M", board, "-display", "none", "-monitor", "none", "-serial", "none"];
      const semihosting = ["-semihosting-config", "enable=on,target=native", "-kernel", file];
      const printed = await run("qemu-system-arm", [...emulator, ...semihosting], folder);
      expect(printed.trimEnd().split("\n")).toEqual(expected(program));
    }
  });
});

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
