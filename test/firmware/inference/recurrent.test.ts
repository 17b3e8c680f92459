/** LSTM and GRU of every form in generated C: on the host and on emulated cores against the interpreter. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inputCodes } from "../../../src/engine/program/samples";
import type { Options } from "../../unit/engine/emit/qdq/quantized-model";
import { networkOf } from "../../unit/engine/program/networks";
import { randomForm, recurrentNetwork } from "../../unit/engine/program/recurrent-networks";
import { hasToolchain } from "../toolchain";
import { computeEverywhere } from "./everywhere";
import {
  avrLines,
  emissionOf,
  expectedLines,
  FLOAT_SYMBOL,
  programFiles,
  writePrograms,
  type NetworkCase,
} from "./programs";

/** More of them take longer and find no more forms: 18 have every operator, direction, beginning and output. */
const COUNT = Number(process.env["BITWRIGHT_FUZZ"] ?? 18);

const AVR_COUNT = 8;

/** What weights and activations of the networks are in turn. */
const SCHEMES: readonly Options[] = [
  {},
  { weights: { granularity: "tensor" } },
  { weights: { bits: 16 }, activations: { scheme: "symmetric", bits: 16 } },
  { weights: { bits: 4 } },
  { weights: { scheme: "affine", bits: 8 }, activations: { scheme: "affine", bits: 16 } },
  { weights: { scheme: "pow2" }, activations: { scheme: "pow2", bits: 8 } },
  { weights: { scheme: "block", granularity: "block", bits: 4, blockSize: 5 } },
  { weights: { scheme: "log2", bits: 5 } },
  { weights: { scheme: "codebook-kmeans", granularity: "tensor", bits: 4 } },
  { weights: { scheme: "ceil", bits: 4 }, activations: { scheme: "ceil", bits: 8 } },
];

async function recurrentCase(seed: number, options: Options): Promise<NetworkCase> {
  const { source, feeds } = recurrentNetwork(randomForm(seed), seed);
  const tensors = Object.fromEntries(
    Object.entries(feeds(seed)).map(([name, { dims, data }]) => [name, new Tensor("float32", data, dims)] as const),
  );
  const network = await networkOf(source, tensors, options);
  const { program, names } = network;
  const runs = [1, 2].map((run) => {
    const given = feeds(7 * seed + run);
    return names.inputs.map((name, at) => inputCodes(program.tensors[program.inputs[at]], given[name].data));
  });
  const label = `recurrent${seed}`;
  return {
    label,
    emission: { ...emissionOf(label, source, program), optimize: seed % 5 === 0 ? "size" : "speed" },
    runs,
  };
}

describe.skipIf(!hasToolchain())("generated recurrent networks", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitwright-recurrent-"));
  const programs = ["bytes", "schemes"].map(programFiles);
  // One network each, for little memory.
  const small = Array.from({ length: AVR_COUNT }, (_, index) => programFiles(`recurrent${2 * COUNT + 1 + index}`));

  beforeAll(async () => {
    for (let seed = 1; seed <= COUNT; seed++) {
      programs[0].cases.push(await recurrentCase(seed, {}));
      programs[1].cases.push(await recurrentCase(COUNT + seed, SCHEMES[Math.floor(seed / 2) % SCHEMES.length]));
    }
    for (const [index, program] of small.entries()) {
      program.cases.push(await recurrentCase(2 * COUNT + 1 + index, SCHEMES[index % SCHEMES.length]));
    }
    writePrograms([...programs, ...small], folder);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  computeEverywhere(programs, folder);

  it.each(small)("compute on AVR what the interpreter computes: $label", async (program) => {
    const { symbols, lines } = await avrLines(program, folder);
    expect(symbols).not.toMatch(FLOAT_SYMBOL);
    expect(lines).toEqual(expectedLines(program));
  });
});
