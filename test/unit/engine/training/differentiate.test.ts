import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { makeValue } from "../../../../src/engine/onnx/build";
import { DataType } from "../../../../src/engine/onnx/data-types";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import { differentiate } from "../../../../src/engine/training/differentiate";
import type { LossName } from "../../../../src/engine/training/losses";
import { codeOf, errorOf } from "../../caught";
import {
  floatTensor,
  modelSource,
  node,
  randomTensor,
  randomValues,
  value,
  type ModelParts,
} from "../onnx/model-builder";

/** 4-6-3 with both ways to write a dense layer. */
function perceptron(output: "logits" | "Softmax"): ModelParts {
  return {
    nodes: [
      node("Gemm", ["x", "w1", "b1"], ["hidden"], { transB: 1 }),
      node("Relu", ["hidden"], ["active"]),
      node("MatMul", ["active", "w2"], ["product"]),
      node("Add", ["product", "b2"], [output === "logits" ? "y" : "logits"]),
      ...(output === "Softmax" ? [node("Softmax", ["logits"], ["y"])] : []),
    ],
    initializers: [
      randomTensor("w1", [6, 4], 1),
      randomTensor("b1", [6], 2),
      randomTensor("w2", [6, 3], 3),
      randomTensor("b2", [3], 4),
    ],
    inputs: [value("x", ["N", 4])],
  };
}

const TRAINABLE = ["w1", "b1", "w2", "b2"];
const BATCH = 5;

const initial: Readonly<Record<string, Tensor>> = {
  x: new Tensor("float32", randomValues(BATCH * 4, 9), [BATCH, 4]),
  w1: new Tensor("float32", randomValues(24, 1), [6, 4]),
  b1: new Tensor("float32", randomValues(6, 2), [6]),
  w2: new Tensor("float32", randomValues(18, 3), [6, 3]),
  b2: new Tensor("float32", randomValues(3, 4), [3]),
};

const targets: Readonly<Record<LossName, Tensor>> = {
  "cross-entropy": new Tensor("int64", BigInt64Array.from([0n, 1n, 2n, 1n, 0n]), [BATCH]),
  "mean-squared-error": new Tensor("float32", randomValues(BATCH * 3, 5), [BATCH, 3]),
  distillation: new Tensor("float32", randomValues(BATCH * 3, 6), [BATCH, 3]),
};

describe("a step's graph", () => {
  it.each(["cross-entropy", "mean-squared-error", "distillation"] as const)(
    "has the gradients of %s that its differences have",
    async (loss) => {
      const training = differentiate(decodeModel(modelSource(perceptron("logits"))), { trainable: TRAINABLE, loss });
      const feeds = { ...initial, [training.target]: targets[loss] };
      const session = await InferenceSession.create(training.model, { logSeverityLevel: 3 });
      const evaluation = await InferenceSession.create(training.evaluation, { logSeverityLevel: 3 });
      const lossAt = async (changed: Record<string, Tensor>) =>
        Number((await evaluation.run({ ...feeds, ...changed }))[training.loss].data[0]);
      const outputs = await session.run(feeds);
      expect(Number(outputs[training.loss].data[0])).toBeCloseTo(await lossAt({}), 6);
      for (const name of TRAINABLE) {
        const gradient = outputs[training.gradients.get(name)!];
        const { dims } = initial[name];
        expect(gradient.dims).toEqual(dims);
        const values = initial[name].data as Float32Array;
        for (const element of [0, values.length - 1]) {
          const moved = async (distance: number) => {
            const data = Float32Array.from(values);
            data[element] += distance;
            return lossAt({ [name]: new Tensor("float32", data, dims) });
          };
          const difference = ((await moved(0.01)) - (await moved(-0.01))) / 0.02;
          expect(Number(gradient.data[element])).toBeCloseTo(difference, 3);
        }
      }
    },
  );

  it("looks at the logits before a Softmax, and gives what the model without it gives", async () => {
    const run = async (output: "logits" | "Softmax") => {
      const model = decodeModel(modelSource(perceptron(output)));
      const training = differentiate(model, { trainable: TRAINABLE, loss: "cross-entropy" });
      const session = await InferenceSession.create(training.model, { logSeverityLevel: 3 });
      const found = await session.run({ ...initial, [training.target]: targets["cross-entropy"] });
      const names = [training.loss, training.correct!, training.scores, ...training.gradients.values()];
      return names.map((name) => Array.from(found[name].data as Iterable<number>, Number));
    };
    expect(await run("Softmax")).toEqual(await run("logits"));
  });

  it("counts the samples whose highest score is the label's", async () => {
    const training = differentiate(decodeModel(modelSource(perceptron("logits"))), {
      trainable: ["b2"],
      loss: "cross-entropy",
    });
    const session = await InferenceSession.create(training.model, { logSeverityLevel: 3 });
    const { x, b2 } = initial;
    const first = await session.run({ x, b2, [training.target]: targets["cross-entropy"] });
    const scores = first[training.scores].data as Float32Array;
    const classes = Array.from({ length: BATCH }, (_, sample) => {
      const own = Array.from(scores.subarray(3 * sample, 3 * sample + 3));
      return BigInt(own.indexOf(Math.max(...own)));
    });
    classes[0] = (classes[0] + 1n) % 3n;
    const labels = new Tensor("int64", BigInt64Array.from(classes), [BATCH]);
    const second = await session.run({ x, b2, [training.target]: labels });
    expect(second[training.correct!].data[0]).toBe(BigInt(BATCH - 1));
  });

  it("refuses an operator without a gradient by the node's name, but not where nothing before it is trained", () => {
    const parts = perceptron("logits");
    const nodes = parts.nodes.map((item) =>
      item.opType === "Relu" ? node("Det", ["hidden"], ["active"], {}, "odd one") : item,
    );
    const model = decodeModel(modelSource({ ...parts, nodes }));
    const attempt = (trainable: string[]) => () => differentiate(model, { trainable, loss: "cross-entropy" });
    expect(errorOf(attempt(["w1"]))).toMatchObject({ code: "operator-unsupported", place: { layer: "odd one" } });
    expect(codeOf(attempt(["w2"]))).toBe("no error");
  });

  it("refuses what cannot be trained", () => {
    const model = decodeModel(modelSource(perceptron("logits")));
    const loss = "cross-entropy";
    expect(codeOf(() => differentiate(model, { trainable: ["hidden"], loss }))).toBe("not-available");
    expect(codeOf(() => differentiate(model, { trainable: ["w1"], loss, output: "none" }))).toBe("not-available");
  });

  it("refuses a model that computes in another type, whatever is trained", () => {
    const half = { ...perceptron("logits"), outputs: [makeValue("y", DataType.FLOAT16, ["N", 3])] };
    const model = decodeModel(modelSource(half));
    const error = errorOf(() => differentiate(model, { trainable: [], loss: "cross-entropy" }));
    expect(error.code).toBe("tensor-type");
    expect(error.message).toContain("float16");
  });

  it("normalizes steps by the batch and evaluation by running statistics, which follow", async () => {
    const statistics = ["mean", "variance"].map((name, index) => floatTensor(name, [2], [index, index]));
    const model = decodeModel(
      modelSource({
        nodes: [
          node("BatchNormalization", ["x", "scale", "bias", "mean", "variance"], ["y"], {
            momentum: 0.75,
            epsilon: 1e-9,
          }),
        ],
        initializers: [floatTensor("scale", [2], [1, 1]), floatTensor("bias", [2], [0, 0]), ...statistics],
        inputs: [value("x", ["N", 2])],
      }),
    );
    const options = { trainable: ["scale"], loss: "mean-squared-error", batchStatistics: () => true } as const;
    const training = differentiate(model, options);
    const feeds = {
      x: new Tensor("float32", [1, 10, 3, 30], [2, 2]),
      scale: new Tensor("float32", [1, 1], [2]),
      mean: new Tensor("float32", [0, 0], [2]),
      variance: new Tensor("float32", [1, 1], [2]),
      [training.target]: new Tensor("float32", [0, 0, 0, 0], [2, 2]),
    };
    const run = async (graph: Uint8Array) => (await InferenceSession.create(graph, { logSeverityLevel: 3 })).run(feeds);
    const step = await run(training.model);
    expect(Array.from(step[training.scores].data as Float32Array, Math.round)).toEqual([-1, -1, 1, 1]);
    expect(Array.from(step[training.statistics.get("mean")!].data as Float32Array)).toEqual([0.5, 5]);
    expect(Array.from(step[training.statistics.get("variance")!].data as Float32Array)).toEqual([1, 25.75]);
    const evaluation = await run(training.evaluation);
    expect(Array.from(evaluation[training.scores].data as Float32Array)).toEqual([1, 10, 3, 30]);
    expect(Number(evaluation[training.loss].data[0])).toBeCloseTo(1010 / 4, 3);
  });

  it("drops a share of the elements in steps, others with every seed, and none in evaluation", async () => {
    const size = 10_000;
    const model = decodeModel(
      modelSource({
        nodes: [
          node("Mul", ["x", "w"], ["product"]),
          node("Dropout", ["product", "ratio"], ["dropped"]),
          node("Dropout", ["dropped"], ["y"]),
        ],
        initializers: [floatTensor("w", [1], [2]), floatTensor("ratio", [], [0.2])],
        inputs: [value("x", ["N", size])],
      }),
    );
    const options = { trainable: ["w"], loss: "mean-squared-error", dropout: true } as const;
    const training = differentiate(model, options);
    const feeds = (seed: bigint) => ({
      x: new Tensor("float32", new Float32Array(size).fill(1), [1, size]),
      w: new Tensor("float32", [2], [1]),
      [training.target]: new Tensor("float32", new Float32Array(size), [1, size]),
      ...(training.dropoutSeed === undefined ? {} : { [training.dropoutSeed]: new Tensor("int64", [seed], []) }),
    });
    const session = await InferenceSession.create(training.model, { logSeverityLevel: 3 });
    const run = async (seed: bigint) => {
      const outputs = await session.run(feeds(seed));
      return { scores: outputs[training.scores].data as Float32Array, gradient: outputs[training.gradients.get("w")!] };
    };
    const { scores, gradient } = await run(7n);
    const kept = scores.filter((score) => score !== 0);
    expect(new Set(kept)).toEqual(new Set([5]));
    expect(kept.length / size).toBeGreaterThan(0.38);
    expect(kept.length / size).toBeLessThan(0.42);
    const sum = kept.reduce((total, score) => total + (2 / size) * score * (score / 2), 0);
    expect(Number(gradient.data[0])).toBeCloseTo(sum, 3);
    expect((await run(7n)).scores).toEqual(scores);
    const other = (await run(8n)).scores;
    const both = scores.filter((score, i) => score !== 0 && other[i] !== 0).length;
    expect(both / size).toBeGreaterThan(0.14);
    expect(both / size).toBeLessThan(0.18);
    const evaluation = await InferenceSession.create(training.evaluation, { logSeverityLevel: 3 });
    const { [training.dropoutSeed!]: seed, ...without } = feeds(7n);
    expect(seed.type).toBe("int64");
    expect(new Set((await evaluation.run(without))[training.scores].data as Float32Array)).toEqual(new Set([2]));
  });
});
