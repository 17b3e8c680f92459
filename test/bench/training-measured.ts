/** What the benchmark of training runs: the published network on made-up digits. */
import { createHash } from "node:crypto";
import { elementCount } from "../../src/engine/onnx/tensor";
import { prepare } from "../../src/engine/prepare";
import { uniformNumbers } from "../../src/engine/random-numbers";
import { parseRecipe } from "../../src/engine/recipe";
import { differentiate } from "../../src/engine/training/differentiate";
import { newNetwork } from "../../src/engine/training/new-networks/new-network";
import { checkedTrainingSettings } from "../../src/engine/training/settings";
import { trainModel } from "../../src/engine/training/train";
import { loadOnnxRuntime } from "../../src/runtime/onnxruntime";

const INPUTS = 784;
const CLASSES = 10;
const SIZES = [INPUTS, 300, 100, CLASSES];
const BATCH = 128;

export interface Measured {
  /** Of the fastest stretch between two events. */
  readonly stepsPerSecond: number;
  /** Resident megabytes after each thousand steps. */
  readonly megabytes: readonly number[];
}

/** Steps a second of ONNX Runtime alone: forward and backward pass of the same network, without quantizers and optimizer. */
export async function measureBareSteps(): Promise<number> {
  const bytes = newNetwork("mlp", { sizes: SIZES, seed: 1 });
  const { model } = prepare({ name: "mlp.onnx", bytes, sha256: "", readExternal: () => new Uint8Array(0) });
  const tensors = model.graph.initializer;
  const graph = differentiate(model, { trainable: tensors.map(({ name }) => name), loss: "cross-entropy" });
  const session = await (await loadOnnxRuntime()).createSession(graph.model);
  const floats = (dims: readonly number[]) => {
    const data = Float32Array.from({ length: elementCount(dims) }, uniformNumbers(1));
    return { type: "float32", dims, data };
  };
  const parameters = tensors.map(({ name, dims }) => ({ name, tensor: floats(dims.map(Number)) }));
  const feeds = {
    input: floats([BATCH, INPUTS]),
    [graph.target]: { type: "int64", dims: [BATCH], data: new BigInt64Array(BATCH) },
    ...Object.fromEntries(parameters.map(({ name, tensor }) => [name, tensor])),
  };
  const outputs = {
    [graph.loss]: floats([]),
    ...Object.fromEntries(parameters.map(({ name, tensor }) => [graph.gradients.get(name)!, floats(tensor.dims)])),
  };
  let fastest = 0;
  for (let round = 0; round < 30; round++) {
    const start = performance.now();
    for (let step = 0; step < 20; step++) await session.run(feeds, outputs);
    fastest = Math.max(fastest, 20_000 / (performance.now() - start));
  }
  await session.release();
  return fastest;
}

/**
 * Trains 784-300-100-10 with batches of 128.
 * @param weights a recipe's `weights`
 * @param settings of the run; `epochs` are of 100 steps each
 */
export async function measureTraining(weights: object, settings: object): Promise<Measured> {
  const bytes = newNetwork("mlp", { sizes: SIZES, seed: 1 });
  const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");
  const next = uniformNumbers(1);
  const digits = Float32Array.from({ length: 12_800 * INPUTS }, next);
  const samples = {
    count: 12_800,
    fixedBatch: null,
    digest: () => Promise.resolve("made up"),
    read: (start: number, count: number) => {
      const data = digits.slice(start * INPUTS, (start + count) * INPUTS);
      return Promise.resolve({ input: { type: "float32", dims: [count, INPUTS], data } });
    },
  };
  const classes = Int32Array.from({ length: samples.count }, (_, i) => Math.floor(digits[i * INPUTS] * CLASSES));
  const training = { samples, targets: { kind: "classes", classes } } as const;
  let stepsPerSecond = 0;
  const megabytes: number[] = [];
  await trainModel({
    source: { name: "mlp.onnx", bytes, sha256: sha256(bytes), readExternal: () => new Uint8Array(0) },
    recipe: parseRecipe({ model: "mlp.onnx", weights, output: { directory: "." } }),
    settings: checkedTrainingSettings(settings),
    runtime: await loadOnnxRuntime(),
    generatorVersion: "bench",
    training,
    validation: { ...training, samples: { ...samples, count: 256 } },
    resumeFrom: null,
    control: {
      now: () => performance.now(),
      sha256,
      event: (event) => {
        if (event.kind !== "step") return;
        stepsPerSecond = Math.max(stepsPerSecond, event.stepsPerSecond);
        if (event.step >= 1000 * (megabytes.length + 1)) megabytes.push(process.memoryUsage.rss() / 2 ** 20);
      },
    },
  });
  return { stepsPerSecond, megabytes };
}
