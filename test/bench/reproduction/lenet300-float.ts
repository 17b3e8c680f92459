/** LeNet300 trained on MNIST in float: where the runs with codes start. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { newNetwork } from "../../../src/engine/training/new-networks/new-network";
import type { TrainingData } from "../../../src/engine/training/train";
import { trainingData } from "./data";
import { fineTune } from "./fine-tuning";
import { mnist } from "./mnist";
import type { Workshop } from "./part";

const SIZES = [784, 300, 100, 10];

export const FLOAT = { epochs: 10, batch: 128, learningRate: 0.001, optimizer: "adam", validationShare: 1 / 12 };

/** Trained in float, once a seed. */
export async function floatNetwork(seed: number, { folder, runtime }: Workshop): Promise<Uint8Array> {
  const path = `${folder}/lenet300-seed${seed}.onnx`;
  if (existsSync(path)) return new Uint8Array(readFileSync(path));
  const bytes = newNetwork("mlp", { sizes: SIZES, seed });
  const run = { bytes, weights: null, activations: null, settings: { ...FLOAT, seed }, training: digits("train") };
  const trained = await fineTune(run, runtime);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, trained.bytes);
  return trained.bytes;
}

export function digits(part: "train" | "t10k"): TrainingData {
  return trainingData(mnist(part, [SIZES[0]]), "input", `mnist ${part}`);
}
