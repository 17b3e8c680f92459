/** What the benchmark of training runs: the published network on made-up digits. */
import { createHash } from "node:crypto";
import { parseRecipe } from "../../src/engine/recipe";
import { newNetwork } from "../../src/engine/training/new-networks/new-network";
import { checkedTrainingSettings } from "../../src/engine/training/settings";
import { uniformNumbers } from "../../src/engine/random-numbers";
import { trainModel } from "../../src/engine/training/train";
import { loadOnnxRuntime } from "../../src/runtime/onnxruntime";

const INPUTS = 784;
const CLASSES = 10;

export interface Measured {
  /** Of the fastest stretch between two events. */
  readonly stepsPerSecond: number;
  /** Resident megabytes at each event. */
  readonly megabytes: readonly number[];
}

/**
 * Trains 784-300-100-10 with batches of 128.
 * @param weights a recipe's `weights`
 * @param settings of the run; `epochs` are of 100 steps each
 */
export async function measureTraining(weights: object, settings: object): Promise<Measured> {
  const bytes = newNetwork("mlp", { sizes: [INPUTS, 300, 100, CLASSES], seed: 1 });
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
        megabytes.push(process.memoryUsage.rss() / 2 ** 20);
      },
    },
  });
  return { stepsPerSecond, megabytes };
}
