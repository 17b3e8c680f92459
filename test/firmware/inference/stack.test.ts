/** Generated networks stay within the stack that their headers promise, as gcc reports it for each function. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emitInference } from "../../../src/engine/emit/inference/inference";
import { STACK_BYTES } from "../../../src/engine/emit/inference/text";
import type { ModelSource } from "../../../src/engine/model-source";
import { elementCount } from "../../../src/engine/onnx/tensor";
import { randomValues } from "../../unit/engine/onnx/model-builder";
import { networkOf } from "../../unit/engine/program/networks";
import { randomNetwork } from "../../unit/engine/program/random-networks";
import { randomForm, recurrentNetwork } from "../../unit/engine/program/recurrent-networks";
import { hasToolchain, run } from "../toolchain";

const OF_ALL_OPERATORS = 16;
const RECURRENT = 8;
const NETWORKS = OF_ALL_OPERATORS + RECURRENT;
const CORES = ["cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7"] as const;

/**
 * The run calls a recurrent layer, which calls a step, which calls what sums gates, which requantizes, which rounds in three
 * functions: no more calls are within each other.
 */
const DEEPEST_CALLS = 8;

/** A network and what shows its ranges. */
function networkSource(seed: number): { source: ModelSource; feeds: Record<string, Tensor> } {
  if (seed <= OF_ALL_OPERATORS) {
    const { source, inputDims } = randomNetwork(seed, "all");
    return { source, feeds: { x: new Tensor("float32", randomValues(elementCount(inputDims), seed), inputDims) } };
  }
  const { source, feeds } = recurrentNetwork(randomForm(seed), seed);
  const given = Object.entries(feeds(seed)).map(
    ([name, { dims, data }]) => [name, new Tensor("float32", data, dims)] as const,
  );
  return { source, feeds: Object.fromEntries(given) };
}

describe.skipIf(!hasToolchain())("the stack of generated networks", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitwright-stack-"));

  beforeAll(async () => {
    for (let seed = 1; seed <= NETWORKS; seed++) {
      const { source, feeds } = networkSource(seed);
      const { program } = await networkOf(source, feeds, {}, seed % 2 === 0 ? { rounding: "tflite" } : {});
      const { artifacts } = emitInference({
        generatorVersion: "0.0.0-test",
        modelName: source.name,
        modelSha256: source.sha256,
        recipe: "{}",
        baseName: `net${seed}`,
        program,
        selfTest: [],
        limits: { ram: null, flash: null },
      });
      for (const { path, bytes } of artifacts) writeFileSync(join(folder, path), bytes);
    }
  }, 120_000);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(CORES)("is no deeper than promised: %s", async (core) => {
    for (let seed = 1; seed <= NETWORKS; seed++) {
      const flags = ["-std=c99", `-mcpu=${core}`, "-mthumb", "-O2", "-ffreestanding", "-fstack-usage"];
      await run("arm-none-eabi-gcc", [...flags, "-c", `net${seed}.c`, "-o", `net${seed}.o`], folder);
      const lines = readFileSync(join(folder, `net${seed}.su`), "utf8")
        .trim()
        .split("\n");
      const frames = lines.map((line) => line.split("\t"));
      expect(frames.every(([, , kind]) => kind === "static")).toBe(true);
      const largest = frames.map(([, bytes]) => Number(bytes)).sort((a, b) => b - a);
      const deepest = largest.slice(0, DEEPEST_CALLS).reduce((sum, bytes) => sum + bytes, 0);
      expect(deepest).toBeLessThanOrEqual(STACK_BYTES);
    }
  });
});
