/** Generated networks meet real compilers and emulated microcontrollers: all must compute what the interpreter computes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe } from "vitest";
import { shippedModel } from "../../unit/engine/onnx/real-models";
import { concatenated, testDigits, trainingDigits } from "../../unit/engine/program/digits";
import { inputCodes } from "../../../src/engine/program/samples";
import { networkOf } from "../../unit/engine/program/networks";
import { hasToolchain } from "../toolchain";
import { computeEverywhere } from "./everywhere";
import { emissionOf, programFiles, randomCase, writePrograms, type NetworkCase } from "./programs";

const RANDOM_NETWORKS = 24;

async function digitNetwork(label: string, model: string, granularity: "channel" | "tensor"): Promise<NetworkCase> {
  const source = shippedModel(model);
  const calibration = new Tensor("float32", concatenated(trainingDigits(0, 100)), [100, 1, 28, 28]);
  const { program } = await networkOf(source, { input: calibration }, { weights: { granularity } });
  const runs = testDigits(0, 6).map((sample) => [inputCodes(program.tensors[program.inputs[0]], sample)]);
  return { label, emission: emissionOf(label, source, program), runs };
}

describe.skipIf(!hasToolchain())("generated networks", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitwright-inference-"));
  const programs = ["digits", "random"].map(programFiles);
  const [digits, random] = programs;

  beforeAll(async () => {
    digits.cases.push(await digitNetwork("lenet", "mnist-lenet5.onnx", "channel"));
    digits.cases.push(await digitNetwork("dscnn", "mnist-dscnn-bn.onnx", "tensor"));
    for (let seed = 1; seed <= RANDOM_NETWORKS; seed++) random.cases.push(await randomCase(seed));
    writePrograms(programs, folder);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  computeEverywhere(programs, folder);
});
