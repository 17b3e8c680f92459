/** Generated networks meet real compilers and emulated microcontrollers: all must compute what the interpreter computes. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emitInference } from "../../../src/engine/emit/inference/inference";
import type { InferenceEmission } from "../../../src/engine/emit/inference/emission";
import { shippedModel } from "../../unit/engine/onnx/real-models";
import { concatenated, testDigits, trainingDigits } from "../../unit/engine/program/digits";
import { inputCodes, networkOf } from "../../unit/engine/program/networks";
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
  const emission: InferenceEmission = {
    generatorVersion: "0.0.0-test",
    modelName: source.name,
    modelSha256: source.sha256,
    recipe: "{}",
    baseName: label,
    program,
    selfTest: [],
    limits: { ram: null, flash: null },
  };
  return { label, emission, runs };
}

describe.skipIf(!hasToolchain())("generated networks", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitwright-inference-"));
  const cases: NetworkCase[] = [];
  const generated: string[] = [];
  const drivers: string[] = [];

  beforeAll(async () => {
    cases.push(await digitNetwork("lenet", "mnist-lenet5.onnx", "channel"));
    cases.push(await digitNetwork("dscnn", "mnist-dscnn-bn.onnx", "tensor"));
    for (const { label, emission, runs } of cases) {
      for (const { path, bytes } of emitInference(emission).artifacts) {
        writeFileSync(join(folder, path), bytes, { flag: "wx" });
        if (path.endsWith(".c")) generated.push(path);
      }
      writeFileSync(join(folder, `${label}_driver.c`), driverSource(emission, label, runs));
      drivers.push(`${label}_driver.c`);
    }
    writeFileSync(join(folder, "dump_all.c"), dumpAllSource(cases.map(({ label }) => label)));
    drivers.push("dump_all.c");
    for (const file of ["dump.h", "host.c", "cortex-m.c", "cortex-m.ld"]) {
      copyFileSync(repositoryPath(`test/firmware/target/${file}`), join(folder, file));
    }
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const expected = () => cases.flatMap(({ label, emission, runs }) => expectedOutputs(emission.program, label, runs));

  it.each(HOST_COMPILERS)("compile without a warning: %s, %s, %s", async (compiler, language, standard) => {
    await run(compiler, ["-x", language, `-std=${standard}`, ...STRICT, "-fsyntax-only", ...generated], folder);
  });

  it("compute on the host what the interpreter computes, sanitized", async () => {
    const flags = ["-std=c99", ...STRICT, "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    await run("gcc", [...flags, ...generated, ...drivers, "host.c", "-o", "host"], folder);
    const printed = await run(join(folder, "host"), [], folder);
    expect(printed.trimEnd().split("\n")).toEqual(expected());
  });

  it.each(BOARDS)("compute on %s (%s) what the interpreter computes, without floating point", async (board, core) => {
    const program = `${board}.elf`;
    const flags = ["-std=c99", ...STRICT, `-mcpu=${core}`, "-mthumb", "-O2", "-ffreestanding", "-nostdlib"];
    const link = ["-T", "cortex-m.ld", "-Wl,--fatal-warnings", "-o", program, "-lgcc"];
    await run("arm-none-eabi-gcc", [...flags, ...generated, ...drivers, "cortex-m.c", ...link], folder);
    expect(await run("arm-none-eabi-nm", [program], folder)).not.toMatch(FLOAT_SYMBOL);
    const emulator = ["-M", board, "-display", "none", "-monitor", "none", "-serial", "none"];
    const semihosting = ["-semihosting-config", "enable=on,target=native", "-kernel", program];
    const printed = await run("qemu-system-arm", [...emulator, ...semihosting], folder);
    expect(printed.trimEnd().split("\n")).toEqual(expected());
  });
});
