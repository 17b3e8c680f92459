import { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { hasShared } from "../../../shared";
import { randomValues } from "../onnx/model-builder";
import { sharedModel } from "../onnx/real-models";
import { interpret, networkOf, Reference } from "./networks";

const MODELS = [
  ["mlperf-tiny/mlperf-ad01-bn.onnx", [640], 1],
  ["mlperf-tiny/mlperf-kws-dscnn-bn.onnx", [1, 49, 10], 20],
  ["mlperf-tiny/mlperf-resnet8-bn.onnx", [3, 32, 32], 127],
  ["mlperf-tiny/mlperf-vww96-bn.onnx", [3, 96, 96], 1],
  ["mlperf-tiny/mlperf-strww.onnx", [40, 30, 1], 1],
  ["cifar10/cifar10-resnet20-jft-bn.onnx", [3, 32, 32], 2],
  ["speech/phoneme-conv1d.onnx", [1, 256], 10],
  ["digits16/semeion-mlp-tanh.onnx", [256], 1],
  ["digits16/semeion-cnn.onnx", [1, 16, 16], 1],
] as const;

describe.skipIf(!hasShared)("real models as integer programs", () => {
  it.each(MODELS)("%s computes what ONNX Runtime computes", async (path, dims, range) => {
    const count = dims.reduce<number>((product, dim) => product * dim, 1);
    const samples = [1, 2, 3, 4, 5, 6].map((seed) =>
      randomValues(count, seed).map((item) => range * Math.max(0, item)),
    );
    const network = await networkOf(sharedModel(path), { input: new Tensor("float32", samples[0], [1, ...dims]) });
    const reference = await Reference.of(network);
    let worst = 0;
    for (const sample of samples) {
      const [own] = interpret(network, [sample]);
      const [theirs] = await reference.run([sample]);
      theirs.forEach((code, i) => (worst = Math.max(worst, Math.abs(code - own[i]))));
    }
    await reference.release();
    // Averages that fall on a half are rounded by what is lost in ONNX Runtime's float32 sums.
    const averages = network.program.operations.some(
      ({ kind, agreement }) => kind === "average-pooling" && agreement.difference !== 0,
    );
    expect(worst).toBeLessThanOrEqual(averages ? 1 : 0);
  });
});
