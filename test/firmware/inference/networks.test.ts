/** Generated networks meet real compilers and emulated microcontrollers: all must compute what the interpreter computes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shippedModel } from "../../unit/engine/onnx/real-models";
import { concatenated, testDigits, trainingDigits } from "../../unit/engine/program/digits";
import { inputCodes } from "../../../src/engine/program/samples";
import { networkOf } from "../../unit/engine/program/networks";
import { hasToolchain } from "../toolchain";
import {
  boardLines,
  BOARDS,
  BOARD_TIMEOUT,
  checkSyntax,
  emissionOf,
  expectedLines,
  FLOAT_SYMBOL,
  HOST_COMPILERS,
  hostLines,
  longLines,
  programFiles,
  randomCase,
  writePrograms,
  type NetworkCase,
} from "./programs";

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

  it.each(HOST_COMPILERS)("compile without a warning: %s, %s, %s", async (...compiler) => {
    await checkSyntax(programs, compiler, folder);
  });

  it("have no long lines", () => {
    expect(longLines(programs, folder)).toEqual([]);
  });

  it.each(programs)("compute on the host what the interpreter computes, sanitized: $label", async (program) => {
    expect(await hostLines(program, folder)).toEqual(expectedLines(program));
  });

  it.each(BOARDS)(
    "compute on %s (%s) what the interpreter computes, without floating point",
    async (...board) => {
      for (const program of programs) {
        const { symbols, lines } = await boardLines(program, board, folder);
        expect(symbols).not.toMatch(FLOAT_SYMBOL);
        expect(lines).toEqual(expectedLines(program));
      }
    },
    BOARD_TIMEOUT,
  );
});
