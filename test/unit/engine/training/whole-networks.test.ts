import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataType } from "../../../../src/engine/onnx/data-types";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import { decodeFloatTensor } from "../../../../src/engine/onnx/tensor-data";
import type { OnnxModel } from "../../../../src/engine/onnx/model";
import { differentiate, type TrainingGraph } from "../../../../src/engine/training/differentiate";
import { newNetwork } from "../../../../src/engine/training/new-networks/new-network";
import { hasShared, repositoryPath, sharedPath } from "../../../shared";
import { randomValues, sourceOf } from "../onnx/model-builder";

const BATCH = 4;

/** Of the derivative; steps of this size cross kinks of Relu and maxima here and there. */
const TOLERANCE = 0.03;

interface Network {
  readonly name: string;
  readonly bytes: () => Uint8Array;
  /** Dimensions of a sample. */
  readonly dims: readonly number[];
  /** Largest absolute value of the input. */
  readonly range?: number;
}

const file = (path: string) => () => new Uint8Array(readFileSync(path));

const OWN: readonly Network[] = [
  { name: "a perceptron", bytes: () => newNetwork("mlp", { sizes: [20, 16, 8, 5], activation: "Tanh" }), dims: [20] },
  { name: "LeNet-5", bytes: () => newNetwork("lenet-5"), dims: [1, 28, 28] },
  {
    name: "residual blocks with strides and batch normalization",
    bytes: () => newNetwork("resnet-8"),
    dims: [3, 32, 32],
  },
  {
    name: "depthwise-separable convolutions with ReLU6 and batch normalization",
    bytes: file(repositoryPath("media/models/mnist-dscnn-bn.onnx")),
    dims: [1, 28, 28],
  },
];

const REAL: readonly (readonly [string, readonly number[], number?])[] = [
  ["models/cifar10/cifar10-resnet8-jft.onnx", [3, 32, 32], 128],
  ["models/speech/phoneme-conv1d.onnx", [1, 256], 10],
  ["models/mlperf-tiny/mlperf-kws-dscnn-bn.onnx", [1, 49, 10], 20],
  ["models/digits16/semeion-cnn.onnx", [1, 16, 16]],
  ["models/digits16/usps-tinyvit.onnx", [1, 16, 16]],
];

const networks = [
  ...OWN,
  ...(hasShared ? REAL : []).map(([path, dims, range]) => {
    return { name: basename(path), bytes: file(sharedPath(path)), dims, ...(range !== undefined && { range }) };
  }),
];

describe.each(networks)("$name", ({ bytes, dims, range = 1 }) => {
  let model: OnnxModel;
  let training: TrainingGraph;
  let session: InferenceSession;
  let evaluation: InferenceSession;
  let values: Map<string, Tensor>;
  let data: Record<string, Tensor>;

  beforeAll(async () => {
    model = decodeModel(sourceOf(bytes()));
    const trainable = model.graph.initializer
      .filter(({ dataType, dims: shape }) => dataType === DataType.FLOAT && shape.some((dim) => dim > 1n))
      .map(({ name }) => name);
    training = differentiate(model, { trainable, loss: "cross-entropy" });
    session = await InferenceSession.create(training.model, { logSeverityLevel: 3 });
    evaluation = await InferenceSession.create(training.evaluation, { logSeverityLevel: 3 });
    values = new Map(
      model.graph.initializer.flatMap((tensor) => {
        if (!trainable.includes(tensor.name)) return [];
        const decoded = decodeFloatTensor(tensor, model.source);
        return [[tensor.name, new Tensor("float32", decoded.values.slice(), decoded.dims)]];
      }),
    );
    const count = dims.reduce((product, dim) => product * dim, BATCH);
    const input = randomValues(count, 21).map((value) => value * range);
    data = {
      [model.graph.input[0].name]: new Tensor("float32", input, [BATCH, ...dims]),
      [training.target]: new Tensor("int64", BigInt64Array.from([0n, 1n, 2n, 1n]), [BATCH]),
    };
  });

  afterAll(async () => {
    await session.release();
    await evaluation.release();
  });

  const lossWith = async (name: string, moved: Tensor) => {
    const found = await evaluation.run({ ...data, ...Object.fromEntries(values), [name]: moved });
    return Number(found[training.loss].data[0]);
  };

  it("has every weight's gradient right along its own direction", async () => {
    const outputs = await session.run({ ...data, ...Object.fromEntries(values) });
    expect(Number(outputs[training.loss].data[0])).toBeGreaterThan(0);
    const wrong = [];
    let flat = 0;
    for (const [name, tensor] of values) {
      const gradient = outputs[training.gradients.get(name)!];
      expect(gradient.dims).toEqual(tensor.dims);
      const slopes = gradient.data as Float32Array;
      const norm = Math.hypot(...slopes);
      if (norm < 1e-5) {
        flat += 1;
        continue;
      }
      const weights = tensor.data as Float32Array;
      const errors = [];
      for (const change of [0.01, 0.003, 0.03]) {
        const step = change / norm;
        const at = async (sign: number) => {
          const moved = weights.map((value, i) => value + (sign * step * slopes[i]) / norm);
          return lossWith(name, new Tensor("float32", moved, tensor.dims));
        };
        const slope = ((await at(1)) - (await at(-1))) / (2 * step);
        errors.push(Math.abs(slope - norm) / norm);
      }
      const error = Math.min(...errors);
      if (!(error < TOLERANCE)) wrong.push(`${name}: ${error}`);
    }
    expect(wrong).toEqual([]);
    expect(flat).toBeLessThan(values.size / 4);
  });
});
