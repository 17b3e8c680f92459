/** A network with ReLU6, equalized so that its bounds differ by channel, as C on the host and beside ONNX Runtime. */
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runPipeline } from "../../../src/engine/pipeline";
import { parseRecipe } from "../../../src/engine/recipe";
import { loadOnnxRuntime } from "../../../src/runtime/onnxruntime";
import { concatenated, trainingDigits } from "../../unit/engine/program/digits";
import { shippedModel } from "../../unit/engine/onnx/real-models";
import { repositoryPath } from "../../shared";
import { hasToolchain, run } from "../toolchain";

const SAMPLES = 32;
const CLASSES = 10;
const STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"];
const DRIVER = `
#include "net.h"
#include "dump.h"
void dump_all(void)
{
    const int8_t result = (int8_t)net_self_test();
    dump("self-test", &result, sizeof(result));
}
`;

const digits = trainingDigits(0, SAMPLES);
const images = (start: number, count: number) =>
  ({ dims: [count, 1, 28, 28], data: concatenated(digits.slice(start, start + count)) }) as const;

describe("bounds of channels", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitwright-bounds-"));
  let texts: ReadonlyMap<string, string>;
  let quantizedOnnx: Uint8Array;

  beforeAll(async () => {
    const recipe = parseRecipe({
      model: "net.onnx",
      weights: { granularity: "tensor" },
      activations: { scheme: "affine", bits: 8 },
      calibration: { data: "digits" },
      equalize: "two-step",
      relu6: "exact",
      biasCorrection: "empirical",
      output: { directory: "out", name: "net", emit: ["inference", "onnx"], selfTest: SAMPLES },
    });
    const { artifacts } = await runPipeline(shippedModel("mnist-dscnn-bn.onnx"), recipe, {
      generatorVersion: "0.0.0-test",
      sha256: (bytes) => createHash("sha256").update(bytes).digest("hex"),
      measuring: {
        runtime: loadOnnxRuntime,
        openDataset: () =>
          Promise.resolve({
            count: SAMPLES,
            fixedBatch: null,
            labels: null,
            random: false,
            notes: [],
            read: (start: number, count: number) =>
              Promise.resolve({ input: { type: "float32", ...images(start, count) } }),
            close: () => Promise.resolve(),
            digest: () => Promise.resolve("digits"),
          }),
        sensitivity: false,
      },
    });
    for (const { path, bytes } of artifacts) writeFileSync(join(folder, path), bytes);
    const decoded = artifacts
      .filter(({ path }) => !path.endsWith(".onnx"))
      .map(({ path, bytes }) => [path, new TextDecoder().decode(bytes)] as const);
    texts = new Map(decoded);
    quantizedOnnx = artifacts.find(({ path }) => path.endsWith(".onnx"))!.bytes;
    writeFileSync(join(folder, "driver.c"), DRIVER);
    for (const file of ["dump.h", "host.c"]) {
      copyFileSync(repositoryPath(`test/firmware/target/${file}`), join(folder, file));
    }
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("follow layers as arrays that differ by channel, in place", () => {
    const maxima = [...texts.get("net.c")!.matchAll(/int8_t \w+_maxima\[\d+\] = \{([^}]*)\}/g)];
    expect(maxima.length).toBeGreaterThan(0);
    for (const [, codes] of maxima) expect(new Set(codes.split(",").map(Number)).size).toBeGreaterThan(1);
    const calls = [...texts.get("net.c")!.matchAll(/ bound_channels\(\w+, \w+, ([^,]+), ([^,]+),/g)];
    expect(calls).toHaveLength(maxima.length);
    for (const [, input, output] of calls) expect(output).toBe(input);
  });

  it.skipIf(!hasToolchain())("are in C what they are in the interpreter", async () => {
    const flags = [...STRICT, "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-DNET_SELF_TEST"];
    await run("gcc", [...flags, "net.c", "driver.c", "host.c", "-o", "host"], folder);
    expect((await run(join(folder, "host"), [], folder)).trim()).toBe("self-test 00");
  });

  it("give every code that ONNX Runtime's integer kernels give, as the C file says", async () => {
    expect(texts.get("net.c")).not.toMatch(/Not compared|Within \d+ of ONNX Runtime/);
    const header = texts.get("net.h")!;
    const macro = (name: string) => Number(new RegExp(`NET_OUTPUT_${name} +\\(?(-?\\d+)`).exec(header)![1]);
    const scale = macro("SCALE_MULTIPLIER") * 2 ** (macro("SCALE_SHIFT") - 31);
    const extra = { session: { qdqisint8allowed: "1" } };
    const session = await InferenceSession.create(quantizedOnnx, { logSeverityLevel: 3, extra });
    const found: number[] = [];
    for (let sample = 0; sample < SAMPLES; sample++) {
      const { data, dims } = images(sample, 1);
      const { logits } = await session.run({ input: new Tensor("float32", data, dims) });
      found.push(...Array.from(logits.data as Float32Array, (y) => Math.round(y / scale) + macro("ZERO_POINT")));
    }
    await session.release();
    const [, expected] = /expected_output\[\d+\]\[\d+\] = \{([^;]*)\};/.exec(texts.get("net.c")!)!;
    expect(found).toHaveLength(SAMPLES * CLASSES);
    expect(found).toEqual(Array.from(expected.matchAll(/-?\d+/g), Number));
  });
});
