/** Small networks and made-up data that can be learned, for tests of training. */
import { createHash } from "node:crypto";
import type { ModelSource } from "../../../../src/engine/model-source";
import { parseRecipe, type Recipe } from "../../../../src/engine/recipe";
import type { Runtime } from "../../../../src/engine/runtime";
import type { FoldableNormalization } from "../../../../src/engine/training/foldable-normalizations";
import { checkedTrainingSettings } from "../../../../src/engine/training/settings";
import { trainModel, type TrainingData, type TrainingJob } from "../../../../src/engine/training/train";
import type { TrainingControl } from "../../../../src/engine/training/trainer";
import { loadOnnxRuntime } from "../../../../src/runtime/onnxruntime";
import { floatTensor, modelSource, node, randomTensor, randomValues, value } from "../onnx/model-builder";

export const INPUTS = 6;
export const CLASSES = 3;

/** Two dense layers with different layouts: [out][in] and [in][out]. */
export function perceptron(hidden = 16, bias = 0): ModelSource {
  return modelSource({
    nodes: [
      node("Gemm", ["x", "w1", "b1"], ["z1"], { transB: 1 }, "fc1"),
      node("Relu", ["z1"], ["h1"]),
      node("MatMul", ["h1", "w2"], ["m2"], {}, "fc2"),
      node("Add", ["m2", "b2"], ["y"]),
    ],
    initializers: [
      randomTensor("w1", [hidden, INPUTS], 1),
      floatTensor("b1", [hidden], new Float32Array(hidden).fill(bias)),
      randomTensor("w2", [hidden, CLASSES], 2),
      floatTensor("b2", [CLASSES], new Float32Array(CLASSES).fill(bias)),
    ],
    inputs: [value("x", ["n", INPUTS])],
    outputs: [value("y", ["n", CLASSES])],
  });
}

/** Two dense layers around a residual one: a sum with both signs goes into the Add in front of the second Relu. */
export function residual(hidden = 16): ModelSource {
  return modelSource({
    nodes: [
      node("Gemm", ["x", "w1", "b1"], ["z1"], { transB: 1 }, "fc1"),
      node("Relu", ["z1"], ["h1"]),
      node("Gemm", ["h1", "w2", "b2"], ["z2"], { transB: 1 }, "fc2"),
      node("Add", ["h1", "z2"], ["sum"]),
      node("Relu", ["sum"], ["h2"]),
      node("Gemm", ["h2", "w3", "b3"], ["y"], { transB: 1 }, "fc3"),
    ],
    initializers: [
      randomTensor("w1", [hidden, INPUTS], 1),
      floatTensor("b1", [hidden], new Float32Array(hidden).fill(0.5)),
      randomTensor("w2", [hidden, hidden], 2),
      floatTensor("b2", [hidden], new Float32Array(hidden).fill(-0.5)),
      randomTensor("w3", [CLASSES, hidden], 3),
      floatTensor("b3", [CLASSES], new Float32Array(CLASSES)),
    ],
    inputs: [value("x", ["n", INPUTS])],
    outputs: [value("y", ["n", CLASSES])],
  });
}

/** One dense layer with probabilities as output. */
export function classifier(): ModelSource {
  return modelSource({
    nodes: [node("Gemm", ["x", "w", "b"], ["z"], { transB: 1 }, "fc"), node("Softmax", ["z"], ["y"], { axis: -1 })],
    initializers: [randomTensor("w", [CLASSES, INPUTS], 1), randomTensor("b", [CLASSES], 2)],
    inputs: [value("x", ["n", INPUTS])],
    outputs: [value("y", ["n", CLASSES])],
  });
}

/** Points whose class is that of the nearest of three directions. */
export function points(count: number, seed: number): TrainingData & { readonly values: Float32Array } {
  const values = randomValues(count * INPUTS, seed);
  const classes = Int32Array.from({ length: count }, (_, i) => {
    const [a, b, c, d] = values.subarray(i * INPUTS, (i + 1) * INPUTS);
    const scores = [a + b * c, b - d * d, c * d - a];
    return scores.indexOf(Math.max(...scores));
  });
  return {
    values,
    samples: {
      count,
      fixedBatch: null,
      digest: () => Promise.resolve(`${count} points of seed ${seed}`),
      read: (start, length) =>
        Promise.resolve({
          x: {
            type: "float32",
            dims: [length, INPUTS],
            data: values.slice(start * INPUTS, (start + length) * INPUTS),
          },
        }),
    },
    targets: { kind: "classes", classes },
  };
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

let runtime: Promise<Runtime> | undefined;

export async function job(
  recipe: Partial<Record<keyof Recipe, unknown>>,
  settings: object,
  control: Partial<TrainingControl> = {},
): Promise<TrainingJob> {
  runtime ??= loadOnnxRuntime();
  return {
    source: perceptron(),
    recipe: parseRecipe({ model: "m.onnx", output: { directory: "." }, ...recipe }),
    settings: checkedTrainingSettings({ epochs: 4, batch: 32, learningRate: 0.01, ...settings }),
    runtime: await runtime,
    generatorVersion: "test",
    training: points(640, 3),
    validation: points(200, 4),
    resumeFrom: null,
    control: { now: () => 0, sha256, ...control },
  };
}

export async function train(...args: Parameters<typeof job>) {
  return trainModel(await job(...args));
}

/** Gives normalizations other statistics and parameters than those that they start with. */
export function moveFromStart(normalizations: readonly FoldableNormalization[]): void {
  for (const normalization of normalizations) {
    const { factors, shifts, means, variances } = normalization;
    for (let i = 0; i < factors.length; i++) {
      factors[i] = Math.sin(i);
      shifts[i] += 0.1 * Math.cos(i);
      means[i] -= 0.2 * Math.sin(2 * i);
      variances[i] *= 1.5 + Math.cos(3 * i);
    }
    normalization.forward();
  }
}
