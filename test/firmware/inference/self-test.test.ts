/** The self-test inside generated networks: it passes where the code is right, and names the first sample that is not. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emitInference } from "../../../src/engine/emit/inference/inference";
import { programSamples } from "../../../src/engine/program/samples";
import { concatenated, testDigits, trainingDigits } from "../../unit/engine/program/digits";
import { networkOf } from "../../unit/engine/program/networks";
import { shippedModel } from "../../unit/engine/onnx/real-models";
import { repositoryPath } from "../../shared";
import { hasToolchain, run } from "../toolchain";

const SAMPLES = 3;

/** Prints what the self-test returns. */
const DRIVER = `
#include "tested.h"
#include "dump.h"
void dump_all(void)
{
    const int8_t result = (int8_t)tested_self_test();
    dump("self-test", &result, sizeof(result));
}
`;

const STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Werror", "-DTESTED_SELF_TEST"];
const CORE = ["-mcpu=cortex-m4", "-mthumb", "-O2", "-ffreestanding", "-nostdlib"];
const BOARD = ["-M", "mps2-an386", "-display", "none", "-monitor", "none", "-serial", "none"];

describe.skipIf(!hasToolchain())("the self-test of a generated network", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitwright-self-test-"));
  let source = "";

  beforeAll(async () => {
    const model = shippedModel("mnist-lenet5.onnx");
    const calibration = new Tensor("float32", concatenated(trainingDigits(0, 50)), [50, 1, 28, 28]);
    const { program } = await networkOf(model, { input: calibration });
    const digits = testDigits(0, SAMPLES);
    const dataset = {
      count: digits.length,
      fixedBatch: null,
      read: (index: number) =>
        Promise.resolve({ input: { type: "float32", dims: [1, 1, 28, 28], data: digits[index] } }),
    };
    const { artifacts } = emitInference({
      generatorVersion: "0.0.0-test",
      modelName: model.name,
      modelSha256: model.sha256,
      recipe: "{}",
      baseName: "tested",
      program,
      selfTest: await programSamples(program, dataset, SAMPLES),
      limits: { ram: null, flash: null },
    });
    for (const { path, bytes } of artifacts) writeFileSync(join(folder, path), bytes);
    source = readFileSync(join(folder, "tested.c"), "utf8");
    writeFileSync(join(folder, "driver.c"), DRIVER);
    copyFileSync(repositoryPath("test/firmware/inference/memory.c"), join(folder, "memory.c"));
    for (const file of ["dump.h", "host.c", "cortex-m.c", "cortex-m.ld"]) {
      copyFileSync(repositoryPath(`test/firmware/target/${file}`), join(folder, file));
    }
  }, 120_000);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  async function onHost(code: string): Promise<string> {
    writeFileSync(join(folder, "tested.c"), code);
    await run("gcc", [...STRICT, "tested.c", "driver.c", "host.c", "-o", "host"], folder);
    return (await run(join(folder, "host"), [], folder)).trim();
  }

  async function onCore(code: string): Promise<string> {
    writeFileSync(join(folder, "tested.c"), code);
    const sources = ["tested.c", "driver.c", "cortex-m.c", "memory.c"];
    await run(
      "arm-none-eabi-gcc",
      [...STRICT, ...CORE, ...sources, "-T", "cortex-m.ld", "-o", "core", "-lgcc"],
      folder,
    );
    const semihosting = ["-semihosting-config", "enable=on,target=native", "-kernel", "core"];
    return (await run("qemu-system-arm", [...BOARD, ...semihosting], folder)).trim();
  }

  it("returns 0 on the host and on a core", async () => {
    expect(await onHost(source)).toBe("self-test 00");
    expect(await onCore(source)).toBe("self-test 00");
  });

  it("names the first sample when a weight is another one", async () => {
    const corrupted = source.replace(/(int8_t \w+_weights\[\d+\] = \{\s*)(-?\d+)/, "$1-128");
    expect(corrupted).not.toBe(source);
    expect(await onHost(corrupted)).toBe("self-test 01");
    expect(await onCore(corrupted)).toBe("self-test 01");
  });

  it("names a later sample when only that is wrong", async () => {
    const expected = /expected_output\[3\]\[10\] = \{[^;]*\};/.exec(source)![0];
    const last = expected.lastIndexOf("{");
    const wrong = expected.slice(0, last) + expected.slice(last).replace(/-?\d+/, (code) => String(-Number(code) - 1));
    expect(await onHost(source.replace(expected, wrong))).toBe("self-test 03");
  });

  it("is compiled only where it is asked for", async () => {
    const flags = STRICT.filter((flag) => !flag.startsWith("-D"));
    writeFileSync(join(folder, "tested.c"), source);
    await run("arm-none-eabi-gcc", [...flags, ...CORE, "-c", "tested.c", "-o", "plain.o"], folder);
    expect(await run("arm-none-eabi-nm", ["plain.o"], folder)).not.toMatch(/self_test|expected/);
  });
});
