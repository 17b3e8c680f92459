/** Real networks as generated C on the host, beside ONNX Runtime's integer kernels, sample by sample. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { modelInput } from "../../../src/engine/data/dataset";
import type { InferenceEmission } from "../../../src/engine/emit/inference/emission";
import { emitInference } from "../../../src/engine/emit/inference/inference";
import { modelFacts } from "../../../src/engine/model-facts";
import { decodeModel } from "../../../src/engine/onnx/decode";
import { elementCount } from "../../../src/engine/onnx/tensor";
import type { IntegerProgram } from "../../../src/engine/program/program";
import { inputCodes } from "../../../src/engine/program/samples";
import { openDataset, type FileDataset } from "../../../src/runtime/dataset";
import type { NetworkOnData } from "../../unit/engine/program/data-sets";
import { networkOf, Reference, type Network } from "../../unit/engine/program/networks";
import { sourceOf } from "../../unit/engine/onnx/model-builder";
import { run } from "../toolchain";

/** Milliseconds; the largest networks are millions of numbers. */
const COMPILE_TIMEOUT = 300_000;

/** What the C code and ONNX Runtime made of a data set. */
export interface OnData {
  readonly samples: number;
  /** Shares of samples whose first largest output is the label; null without labels. */
  readonly accuracy: number | null;
  readonly referenceAccuracy: number | null;
  /** Samples whose first largest output is another one. */
  readonly differingClasses: number;
  /** Samples with any other output code, and those codes. */
  readonly differingSamples: number;
  readonly outputs: number;
  readonly differingOutputs: number;
  readonly largestDifference: number;
  /** Layers that are not proved equal to ONNX Runtime. */
  readonly unproved: readonly string[];
  /** Output channels of sums by how they are requantized. */
  readonly channels: Channels;
  readonly arenaBytes: number;
  readonly optimumBytes: number;
  /** Of constants. */
  readonly flashBytes: number;
  readonly macs: number;
  readonly emission: InferenceEmission;
}

export interface Channels {
  /** With a multiplier and shift, or a shift alone, that is proved to equal ONNX Runtime for every sum. */
  readonly fitted: number;
  /** With ONNX Runtime's product of float32 in integers. */
  readonly emulated: number;
  readonly unproved: number;
}

/** @param samples at most so many */
export async function compareOnData(item: NetworkOnData, samples = Infinity): Promise<OnData> {
  const source = sourceOf(new Uint8Array(readFileSync(item.model)), basename(item.model), {});
  const [input] = modelFacts(decodeModel(source), 0).inputs.map(modelInput);
  const calibration = await openDataset("/", item.calibration, [input], null);
  const network = await networkOf(source, { [input.name]: await calibrationFeed(calibration, input.name) });
  await calibration.close();
  const settings = { ...item.evaluation, samples: Math.min(samples, item.evaluation.samples ?? 1) };
  const evaluation = await openDataset("/", settings, [input], null);
  const folder = mkdtempSync(join(tmpdir(), "bitwright-on-data-"));
  const reference = await Reference.of(network);
  try {
    return await compare(network, reference, evaluation, input.name, folder);
  } finally {
    await reference.release();
    await evaluation.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All samples as one batch. */
async function calibrationFeed(dataset: FileDataset, name: string): Promise<Tensor> {
  const { dims, data } = (await dataset.read(0, dataset.count))[name];
  return new Tensor("float32", data as Float32Array, dims);
}

async function compare(
  network: Network,
  reference: Reference,
  dataset: FileDataset,
  inputName: string,
  folder: string,
): Promise<OnData> {
  const { program } = network;
  const emission: InferenceEmission = {
    generatorVersion: "0.0.0-test",
    modelName: "network.onnx",
    modelSha256: "0".repeat(64),
    recipe: "{}",
    baseName: "network",
    program,
    selfTest: [],
    limits: { ram: null, flash: null },
  };
  const emitted = emitInference(emission);
  for (const { path, bytes } of emitted.artifacts) writeFileSync(join(folder, path), bytes);
  writeFileSync(join(folder, "main.c"), MAIN);
  await run("gcc", ["-std=c99", "-O2", "network.c", "main.c", "-o", "network"], folder, COMPILE_TIMEOUT);
  const samples: Float32Array[] = [];
  const codes: Uint8Array[] = [];
  for (let index = 0; index < dataset.count; index++) {
    const { data } = (await dataset.read(index, 1))[inputName];
    samples.push(Float32Array.from(data as Float32Array));
    codes.push(new Uint8Array(inputCodes(program.tensors[program.inputs[0]], samples[index]).buffer));
  }
  const outputs = new Int8Array(await filtered(join(folder, "network"), Buffer.concat(codes)));
  const { tensors } = program;
  const count = elementCount(tensors[program.outputs[0]].dims);
  const found = { right: 0, referenceRight: 0, classes: 0, samples: 0, outputs: 0, largest: 0 };
  for (const [index, sample] of samples.entries()) {
    const own = Array.from(outputs.subarray(index * count, (index + 1) * count));
    const [theirs] = await reference.run([sample]);
    const label = dataset.labels?.[index];
    if (first(own) === label) found.right++;
    if (first(theirs) === label) found.referenceRight++;
    if (first(own) !== first(theirs)) found.classes++;
    const differences = own.map((code, i) => Math.abs(code - theirs[i])).filter((difference) => difference > 0);
    if (differences.length > 0) found.samples++;
    found.outputs += differences.length;
    found.largest = Math.max(found.largest, ...differences);
  }
  const share = (right: number) => (dataset.labels === null ? null : right / dataset.count);
  return {
    samples: dataset.count,
    accuracy: share(found.right),
    referenceAccuracy: share(found.referenceRight),
    differingClasses: found.classes,
    differingSamples: found.samples,
    outputs: count * dataset.count,
    differingOutputs: found.outputs,
    largestDifference: found.largest,
    unproved: unprovedOf(program),
    channels: channelsOf(program),
    arenaBytes: emitted.memory.arenaBytes,
    optimumBytes: emitted.memory.optimumBytes,
    flashBytes: emitted.flashBytes,
    macs: emitted.macs,
    emission,
  };
}

function unprovedOf({ operations }: IntegerProgram): string[] {
  return operations.filter(({ agreement }) => agreement.difference !== 0).map(({ operator }) => operator);
}

function channelsOf({ operations }: IntegerProgram): Channels {
  const counts = { fitted: 0, emulated: 0, unproved: 0 };
  for (const operation of operations) {
    if (operation.kind !== "convolution" && operation.kind !== "transposed-convolution") continue;
    const { requantization, agreement } = operation;
    for (const { rounding } of requantization) {
      if (agreement.difference !== 0) counts.unproved++;
      else if (rounding === "float-product") counts.emulated++;
      else counts.fitted++;
    }
  }
  return counts;
}

function first(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

/** Reads samples until there are no more, and writes the outputs of each. */
const MAIN = `#include <stdio.h>
#include "network.h"
static int8_t input[NETWORK_INPUT_COUNT];
static int8_t output[NETWORK_OUTPUT_COUNT];
int main(void)
{
    while (fread(input, 1, sizeof(input), stdin) == sizeof(input)) {
        network_run(input, output);
        fwrite(output, 1, sizeof(output), stdout);
    }
    return 0;
}
`;

async function filtered(program: string, input: Buffer): Promise<Buffer> {
  const child = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stdin.end(input);
  await new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => (status === 0 ? resolve() : reject(new Error(`${program}: ${status}`))));
  });
  return Buffer.concat(chunks);
}
