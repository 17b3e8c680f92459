/** Small random networks with very unlike channels, and what the tests measure of them. */
import type { NodeProto, TensorProto } from "onnx-buf";
import { foldBatchNormalization } from "../../../../src/engine/graph/fold-batch-normalization";
import type { Layer } from "../../../../src/engine/graph/layer";
import { findLayers } from "../../../../src/engine/graph/layers";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import type { OnnxModel } from "../../../../src/engine/onnx/model";
import { floatTensor, int64Tensor, modelSource, node, randomValues, value } from "../onnx/model-builder";

export const ACTIVATIONS = ["none", "Relu", "LeakyRelu", "PRelu", "Relu6", "Clip", "HardSwish"] as const;
export const BLOCKS = [
  "conv",
  "depthwise",
  "grouped",
  "transposed",
  "residual",
  "concat",
  "branches",
  "pool",
  "pad",
  "transpose",
] as const;
export const HEADS = ["average", "flatten", "channels-last", "matmul"] as const;

export interface NetworkPlan {
  readonly seed: number;
  readonly blocks: readonly {
    readonly kind: (typeof BLOCKS)[number];
    readonly activation: (typeof ACTIVATIONS)[number];
  }[];
  readonly head: (typeof HEADS)[number];
}

export const INPUT = [3, 6, 6] as const;
const CHANNELS = 4;

export function prepared(source: Parameters<typeof decodeModel>[0]): { model: OnnxModel; layers: readonly Layer[] } {
  const { model, folds } = foldBatchNormalization(decodeModel(source));
  return { model, layers: findLayers(model, folds).layers };
}

export function randomNetwork(plan: NetworkPlan) {
  return prepared(modelSource(new NetworkBuilder(plan.seed).build(plan)));
}

export function largestWeight(layer: Layer): number {
  return layer.weight.values.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
}

class NetworkBuilder {
  private readonly nodes: NodeProto[] = [];
  private readonly initializers: TensorProto[] = [];
  private count = 0;
  private size = INPUT[1];

  constructor(private seed: number) {}

  build({ blocks, head }: NetworkPlan) {
    let x = this.convolution("x", INPUT[0], CHANNELS, 1);
    for (const { kind, activation } of blocks) x = this.block(kind, activation, x);
    this.nodes.push(node("Sub", [this.head(head, x), this.scalar(0)], ["y"]));
    return { nodes: this.nodes, initializers: this.initializers, inputs: [value("x", ["N", ...INPUT])] };
  }

  private block(kind: (typeof BLOCKS)[number], activation: (typeof ACTIVATIONS)[number], x: string): string {
    const conv = (from: string, group = 1) => this.convolution(from, CHANNELS, CHANNELS, group);
    switch (kind) {
      case "conv":
        return this.activation(activation, conv(x));
      case "depthwise":
        return this.activation(activation, conv(x, CHANNELS));
      case "grouped":
        return this.activation(activation, conv(x, 2));
      case "transposed":
        return this.activation(activation, this.transposed(x));
      case "residual":
        return this.activation(activation, this.add("Add", [conv(this.activation(activation, conv(x))), x]));
      case "concat": {
        const parts = [this.activation(activation, conv(x)), this.activation("Relu", conv(x))];
        return this.convolution(this.add("Concat", parts, { axis: 1 }), 2 * CHANNELS, CHANNELS, 1);
      }
      case "branches": {
        const shared = this.activation(activation, conv(x));
        return this.add("Add", [conv(shared), conv(shared, CHANNELS)]);
      }
      case "pool":
        return this.add("AveragePool", [x], { kernel_shape: [2, 2], pads: [1, 1, 0, 0] });
      case "pad": {
        const pads = this.int64s([0, 0, 1, 0, 0, 0, 0, 1]);
        this.size += 1;
        return this.activation(activation, conv(this.add("Pad", [x, pads])));
      }
      case "transpose": {
        const last = this.add("Transpose", [x], { perm: [0, 2, 3, 1] });
        return conv(this.add("Transpose", [this.activation("Relu", last)], { perm: [0, 3, 1, 2] }));
      }
    }
  }

  private head(kind: (typeof HEADS)[number], x: string): string {
    switch (kind) {
      case "average":
        return this.dense(this.add("Flatten", [this.add("GlobalAveragePool", [x])]), CHANNELS);
      case "flatten":
        return this.dense(this.add("Flatten", [x]), CHANNELS * this.size * this.size);
      case "channels-last": {
        const moved = this.add("Transpose", [x], { perm: [0, 2, 3, 1] });
        return this.dense(this.add("Flatten", [moved]), CHANNELS * this.size * this.size);
      }
      case "matmul": {
        const hidden = this.dense(this.add("Flatten", [this.add("GlobalMaxPool", [x])]), CHANNELS);
        const product = this.add("MatMul", [this.add("Relu", [hidden]), this.floats([5, CHANNELS], 1)]);
        const biased = this.add("Add", [product, this.floats([CHANNELS], 1)]);
        return this.add("MatMul", [biased, this.floats([CHANNELS, 3], 1)]);
      }
    }
  }

  private convolution(x: string, inputs: number, outputs: number, group: number): string {
    const weights = this.floats([outputs, inputs / group, 3, 3], 1);
    return this.add("Conv", [x, weights, this.floats([outputs], 1)], { group, pads: [1, 1, 1, 1] });
  }

  private transposed(x: string): string {
    const weights = this.floats([CHANNELS, 2, 3, 3], 0);
    return this.add("ConvTranspose", [x, weights, this.floats([CHANNELS], 1)], { group: 2, pads: [1, 1, 1, 1] });
  }

  private dense(x: string, inputs: number): string {
    return this.add("Gemm", [x, this.floats([5, inputs], 1), this.floats([5], 1)], {
      transB: 1,
      alpha: { float: 0.5 },
      beta: { float: 2 },
    });
  }

  private activation(kind: (typeof ACTIVATIONS)[number], x: string): string {
    const clip = (low: number, high: number) => this.add("Clip", [x, this.scalar(low), this.scalar(high)]);
    switch (kind) {
      case "none":
        return x;
      case "Relu":
        return this.add("Relu", [x]);
      case "LeakyRelu":
        return this.add("LeakyRelu", [x], { alpha: { float: 0.2 } });
      case "PRelu":
        return this.add("PRelu", [x, this.floats([CHANNELS, 1, 1], 0)]);
      case "Relu6":
        return clip(0, 0.5);
      case "Clip":
        return clip(-0.4, 0.6);
      case "HardSwish":
        return this.add("HardSwish", [x]);
    }
  }

  private add(operator: string, inputs: readonly string[], attributes: Parameters<typeof node>[3] = {}): string {
    const output = `${operator}${this.count++}`;
    this.nodes.push(node(operator, inputs, [output], attributes, output));
    return output;
  }

  /** @param spread decades between channels along the first axis */
  private floats(dims: readonly number[], spread: number): string {
    const name = `c${this.count++}`;
    const length = dims.reduce((product, dim) => product * dim, 1);
    const scales = randomValues(dims[0], this.seed++).map((exponent) => 10 ** (spread * exponent));
    const values = randomValues(length, this.seed++).map(
      (item, i) => item * scales[Math.floor((i * dims[0]) / length)],
    );
    this.initializers.push(floatTensor(name, dims, values));
    return name;
  }

  private scalar(content: number): string {
    const name = `s${this.count++}`;
    this.initializers.push(floatTensor(name, [], [content]));
    return name;
  }

  private int64s(values: readonly number[]): string {
    const name = `i${this.count++}`;
    this.initializers.push(int64Tensor(name, [values.length], values));
    return name;
  }
}
