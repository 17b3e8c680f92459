/** Small random networks of all operators that have an integer form, the same for the same seed. */
import type { NodeProto, TensorProto } from "onnx-buf";
import type { ModelSource } from "../../../../src/engine/model-source";
import { elementCount } from "../../../../src/engine/onnx/tensor";
import { floatTensor, int64Tensor, modelSource, node, randomTensor, randomValues, value } from "../onnx/model-builder";

export interface RandomNetwork {
  readonly source: ModelSource;
  readonly inputDims: readonly number[];
  /** The operators, for messages. */
  readonly operators: string;
}

/** Operators for which ONNX Runtime has integer kernels that must be equalled on every code. */
const EXACT_STEPS = [
  "conv",
  "depthwise",
  "grouped",
  "relu",
  "clip",
  "maxPool",
  "globalPool",
  "add",
  "concat",
  "resize",
  "slice",
  "pad",
  "leaky",
] as const;
const OTHER_STEPS = [
  ...EXACT_STEPS,
  "averagePool",
  "convTranspose",
  "mul",
  "sub",
  "sigmoid",
  "tanh",
  "hardSwish",
  "transposed",
  "split",
  "scale",
  "mean",
] as const;

type Step = (typeof OTHER_STEPS)[number];

export function randomNetwork(seed: number, steps: "exact" | "all"): RandomNetwork {
  return new Builder(seed, steps === "exact" ? EXACT_STEPS : OTHER_STEPS).build();
}

class Builder {
  private readonly random: Generator<number, never>;
  private readonly nodes: NodeProto[] = [];
  private readonly initializers: TensorProto[] = [];
  private readonly operators: string[] = [];
  private dims: number[] = [];
  private name = "x";

  constructor(
    private readonly seed: number,
    private readonly steps: readonly Step[],
  ) {
    this.random = uniform(seed);
  }

  build(): RandomNetwork {
    this.dims = [1, this.integer(1, 6), this.integer(3, 9), this.integer(3, 9)];
    const inputDims = [...this.dims];
    this.convolution(1, this.integer(1, 6), true);
    const count = this.integer(0, 4);
    for (let i = 0; i < count; i++) this.step(this.steps[this.integer(0, this.steps.length - 1)]);
    if (this.integer(0, 1) === 1) this.dense();
    const source = modelSource({
      nodes: this.nodes,
      initializers: this.initializers,
      inputs: [value("x", inputDims)],
      outputs: [value(this.name, this.dims)],
    });
    return { source, inputDims, operators: this.operators.join(" ") };
  }

  private step(step: Step): void {
    const [, channels, height, width] = this.dims;
    switch (step) {
      case "conv": {
        this.convolution(1, this.integer(1, 7));
        return;
      }
      case "grouped": {
        this.convolution(channels % 2 === 0 ? 2 : 1, 2 * this.integer(1, 4));
        return;
      }
      case "depthwise": {
        this.convolution(channels, channels);
        return;
      }
      case "relu": {
        this.add("Relu", [this.name], this.dims);
        return;
      }
      case "clip": {
        this.add("Clip", [this.name, this.floats([], [-0.5]), this.floats([], [0.75])], this.dims);
        return;
      }
      case "leaky": {
        this.add("LeakyRelu", [this.name], this.dims, { alpha: 0.125 });
        return;
      }
      case "sigmoid": {
        this.add("Sigmoid", [this.name], this.dims);
        return;
      }
      case "tanh": {
        this.add("Tanh", [this.name], this.dims);
        return;
      }
      case "hardSwish": {
        this.add("HardSwish", [this.name], this.dims);
        return;
      }
      case "scale": {
        this.add("Mul", [this.name, this.floats([], [0.5])], this.dims);
        return;
      }
      case "maxPool":
      case "averagePool": {
        this.pool(step === "maxPool" ? "MaxPool" : "AveragePool");
        return;
      }
      case "globalPool": {
        this.add("GlobalAveragePool", [this.name], [1, channels, 1, 1]);
        return;
      }
      case "mean": {
        this.add("ReduceMean", [this.name], [1, channels, 1, 1], { axes: [2, 3], keepdims: 1 });
        return;
      }
      case "add": {
        this.branch("Add");
        return;
      }
      case "sub": {
        this.branch("Sub");
        return;
      }
      case "mul": {
        this.branch("Mul");
        return;
      }
      case "concat": {
        const before = this.name;
        this.convolution(1, this.integer(1, 4), true);
        this.add("Concat", [before, this.name], [1, channels + this.dims[1], height, width], { axis: 1 });
        return;
      }
      case "split": {
        if (channels < 2) return;
        const [first, second] = [`${this.name}_a`, `${this.name}_b`];
        this.operators.push("Split");
        const sizes = this.integers([1, channels - 1]);
        this.nodes.push(node("Split", [this.name, sizes], [first, second], { axis: 1 }));
        this.name = second;
        this.dims = [1, channels - 1, height, width];
        return;
      }
      case "slice": {
        const dims = [1, channels, Math.ceil(height / 2), width];
        const list = (values: number[]) => this.integers(values);
        this.add("Slice", [this.name, list([0]), list([height]), list([2]), list([2])], dims);
        return;
      }
      case "pad": {
        const dims = [1, channels, height + 1, width + 2];
        this.add("Pad", [this.name, this.integers([0, 0, 0, 2, 0, 0, 1, 0])], dims, { mode: "constant" });
        return;
      }
      case "resize": {
        if (elementCount(this.dims) > 600) return;
        const scales = this.floats([4], [1, 1, 2, 3]);
        const attributes = { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
        this.add("Resize", [this.name, "", scales], [1, channels, 2 * height, 3 * width], attributes);
        return;
      }
      case "transposed": {
        this.add("Transpose", [this.name], [1, height, channels, width], { perm: [0, 2, 1, 3] });
        return;
      }
      case "convTranspose": {
        const outputs = this.integer(1, 3);
        const weights = this.weights([channels, outputs, 3, 2]);
        const dims = [1, outputs, 2 * (height - 1) + 3 - 1, width + 1];
        this.add("ConvTranspose", [this.name, weights], dims, { strides: [2, 1], pads: [1, 0, 0, 0] });
        return;
      }
    }
  }

  private convolution(group: number, outputs: number, same = false): void {
    const [, channels, height, width] = this.dims;
    const kernel = same ? [3, 3] : [this.integer(1, Math.min(3, height)), this.integer(1, Math.min(3, width))];
    const pads = same ? [1, 1, 1, 1] : [this.integer(0, 1), this.integer(0, 2), this.integer(0, 1), this.integer(0, 1)];
    const strides = same ? [1, 1] : [this.integer(1, 2), this.integer(1, 2)];
    const dilations = same ? [1, 1] : [kernel[0] === 2 ? this.integer(1, 2) : 1, 1];
    const size = (axis: number, input: number) =>
      Math.floor((input + pads[axis] + pads[axis + 2] - (kernel[axis] - 1) * dilations[axis] - 1) / strides[axis]) + 1;
    const dims = [1, outputs, size(0, height), size(1, width)];
    if (dims.some((dim) => dim < 1)) return;
    const weights = this.weights([outputs, channels / group, ...kernel]);
    const bias = this.integer(0, 3) === 0 ? "" : this.weights([outputs]);
    this.add("Conv", bias === "" ? [this.name, weights] : [this.name, weights, bias], dims, {
      group,
      pads,
      strides,
      dilations,
      kernel_shape: kernel,
    });
    if (this.integer(0, 1) === 1) this.add("Relu", [this.name], this.dims);
  }

  private branch(operator: string): void {
    const before = this.name;
    this.convolution(1, this.dims[1], true);
    this.add(operator, [before, this.name], this.dims);
    if (this.integer(0, 1) === 1) this.add("Relu", [this.name], this.dims);
  }

  private pool(operator: string): void {
    const [, channels, height, width] = this.dims;
    const kernel = [this.integer(1, Math.min(3, height)), this.integer(1, Math.min(3, width))];
    const strides = [this.integer(1, 2), this.integer(1, 2)];
    const pads = kernel.every((size) => size > 1) ? [1, 0, 0, 1] : [0, 0, 0, 0];
    const dims = [
      1,
      channels,
      Math.floor((height + pads[0] - kernel[0]) / strides[0]) + 1,
      Math.floor((width + pads[3] - kernel[1]) / strides[1]) + 1,
    ];
    const counting = operator === "AveragePool" ? { count_include_pad: this.integer(0, 1) } : {};
    this.add(operator, [this.name], dims, { kernel_shape: kernel, strides, pads, ...counting });
  }

  private dense(): void {
    const inputs = elementCount(this.dims);
    const outputs = this.integer(1, 9);
    this.add("Flatten", [this.name], [1, inputs], { axis: 1 });
    this.add("Gemm", [this.name, this.weights([outputs, inputs]), this.weights([outputs])], [1, outputs], {
      transB: 1,
    });
  }

  private add(
    opType: string,
    inputs: readonly string[],
    dims: readonly number[],
    attributes: Parameters<typeof node>[3] = {},
  ): void {
    const output = `v${this.nodes.length}`;
    this.operators.push(opType);
    this.nodes.push(node(opType, inputs, [output], attributes, `${opType}_${this.nodes.length}`));
    this.name = output;
    this.dims = [...dims];
  }

  private weights(dims: readonly number[]): string {
    const name = `w${this.initializers.length}`;
    this.initializers.push(randomTensor(name, dims, 1000 * this.seed + this.initializers.length));
    return name;
  }

  private floats(dims: readonly number[], values: readonly number[]): string {
    const name = `c${this.initializers.length}`;
    this.initializers.push(floatTensor(name, dims, values));
    return name;
  }

  private integers(values: readonly number[]): string {
    const name = `i${this.initializers.length}`;
    this.initializers.push(int64Tensor(name, [values.length], values));
    return name;
  }

  private integer(low: number, high: number): number {
    return low + Math.floor(this.random.next().value * (high - low + 1));
  }
}

function* uniform(seed: number): Generator<number, never> {
  for (let block = 0; ; block++) {
    for (const sample of randomValues(64, seed * 977 + block)) yield Math.min((sample + 1) / 2, 1 - 2 ** -24);
  }
}
