/** What the benchmark of gradients runs: convolutions forward, and backward by input and by weights. */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { makeValue } from "../../src/engine/onnx/build";
import { DataType } from "../../src/engine/onnx/data-types";
import { decodeModel } from "../../src/engine/onnx/decode";
import { elementCount } from "../../src/engine/onnx/tensor";
import { upgradeOpset } from "../../src/engine/onnx/upgrade/upgrade";
import { addBackwardPass } from "../../src/engine/training/gradients/backward";
import { GradientGraph, OPSET } from "../../src/engine/training/gradients/gradient-graph";
import { withConstantsAsInputs } from "../../src/engine/training/trainable-inputs";
import { modelSource, node, randomTensor, randomValues, type AttributeValue } from "../unit/engine/onnx/model-builder";

export interface MeasuredConvolution {
  readonly name: string;
  /** Milliseconds, the least of many runs in turns: what else the machine does makes some of them slower. */
  readonly forward: number;
  readonly byInput: number;
  readonly byWeights: number;
}

interface Plan {
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

const PLANS: Readonly<Record<string, Plan>> = {
  "5×5, 6 to 16 channels, 14×14": { x: [128, 6, 14, 14], w: [16, 6, 5, 5], attributes: {} },
  "3×3, 3 to 16 channels, 32×32": { x: [32, 3, 32, 32], w: [16, 3, 3, 3], attributes: { pads: [1, 1, 1, 1] } },
  "3×3, 64 channels, 8×8": { x: [32, 64, 8, 8], w: [64, 64, 3, 3], attributes: { pads: [1, 1, 1, 1] } },
  "3×3, strides of 2, 16 to 32 channels": {
    x: [32, 16, 32, 32],
    w: [32, 16, 3, 3],
    attributes: { pads: [1, 1, 1, 1], strides: [2, 2] },
  },
  "1×1, 64 channels, 16×16": { x: [32, 64, 16, 16], w: [64, 64, 1, 1], attributes: {} },
  "depthwise 3×3, 64 channels, 16×16": {
    x: [32, 64, 16, 16],
    w: [64, 1, 3, 3],
    attributes: { pads: [1, 1, 1, 1], group: 64 },
  },
  "depthwise 3×3, strides of 2, 64 channels, 32×32": {
    x: [32, 64, 32, 32],
    w: [64, 1, 3, 3],
    attributes: { pads: [1, 1, 1, 1], strides: [2, 2], group: 64 },
  },
  "depthwise 3×3, strides of 2, 16 channels, 96×96": {
    x: [8, 16, 96, 96],
    w: [16, 1, 3, 3],
    attributes: { pads: [1, 1, 1, 1], strides: [2, 2], group: 16 },
  },
  "depthwise 5×5, strides of 2, 32 channels, 48×48": {
    x: [8, 32, 48, 48],
    w: [32, 1, 5, 5],
    attributes: { pads: [2, 2, 2, 2], strides: [2, 2], group: 32 },
  },
  "4 groups 3×3, 64 channels, 16×16": {
    x: [32, 64, 16, 16],
    w: [64, 16, 3, 3],
    attributes: { pads: [1, 1, 1, 1], group: 4 },
  },
  "1-D, 5, 32 channels, 256 long": { x: [32, 32, 256], w: [32, 32, 5], attributes: { pads: [2, 2] } },
};

const RUNS = 60;

/** Work for work: with more threads the ratios are those of how well each operator is spread over cores, and of who else uses them. */
const ONE_THREAD = { intraOpNumThreads: 1, logSeverityLevel: 3 } as const;

export async function measureConvolutions(): Promise<MeasuredConvolution[]> {
  const measured = [];
  for (const [name, plan] of Object.entries(PLANS)) measured.push({ name, ...(await measure(plan)) });
  return measured;
}

async function measure({ x, w, attributes }: Plan): Promise<Omit<MeasuredConvolution, "name">> {
  const parts = {
    nodes: [node("Conv", ["x", "w"], ["y"], attributes)],
    initializers: [randomTensor("x", x, 1), randomTensor("w", w, 2)],
    inputs: [],
  };
  const upgraded = upgradeOpset(decodeModel(modelSource(parts)), OPSET);
  const { model, dims } = withConstantsAsInputs(upgraded, ["x", "w"], [makeValue("seed", DataType.FLOAT)]);
  const graph = new GradientGraph(model, dims);
  const gradients = addBackwardPass(graph, model.graph.node, ["x", "w"], new Map([["y", "seed"]]));
  const wanted = ["y", gradients.get("x")!, gradients.get("w")!];
  const sessions = await Promise.all(
    wanted.map((output) => InferenceSession.create(graph.encode([output]), ONE_THREAD)),
  );
  const random = (shape: readonly number[], seed: number) =>
    new Tensor("float32", randomValues(elementCount(shape), seed), shape);
  const inputs = { x: random(x, 1), w: random(w, 2) };
  const { y } = await sessions[0].run({ ...inputs, seed: new Tensor("float32", [0], []) });
  const feeds = { ...inputs, seed: random(y.dims, 3) };
  const least = sessions.map(() => Infinity);
  for (let run = 0; run < RUNS; run++) {
    for (const [index, session] of sessions.entries()) {
      const start = performance.now();
      await session.run(feeds);
      least[index] = Math.min(least[index], performance.now() - start);
    }
  }
  for (const session of sessions) await session.release();
  const [forward, byInput, byWeights] = least;
  return { forward, byInput, byWeights };
}
