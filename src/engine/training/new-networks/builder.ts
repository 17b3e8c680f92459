/** Untrained networks, layer by layer. */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  GraphProtoSchema,
  ModelProtoSchema,
  OperatorSetIdProtoSchema,
  type NodeProto,
  type TensorProto,
} from "onnx-buf";
import { makeFloatTensor, makeNode, makeValue } from "../../onnx/build";
import { DataType } from "../../onnx/data-types";
import { elementCount } from "../../onnx/tensor";
import { normalNumbers } from "../../random-numbers";

/** Understood by every runtime of the last years. */
const OPSET = 17n;
const IR_VERSION = 8n;

const BATCH = "N";

export const ACTIVATIONS = ["Relu", "Sigmoid", "Tanh"] as const;

export type Activation = (typeof ACTIVATIONS)[number];

export interface Convolution {
  readonly inputs: number;
  readonly outputs: number;
  /** Both sides of the kernel. */
  readonly kernel: number;
  readonly stride?: number;
  /** On all four sides. */
  readonly pad?: number;
}

/**
 * Weights are normal numbers of mean 0 and variance g / inputs of a unit: g is 2 before Relu (He et al. 2015, eq. 10), else 1
 * (LeCun et al. 1998). Biases are 0.
 */
export class NetworkBuilder {
  private readonly nodes: NodeProto[] = [];
  private readonly initializers: TensorProto[] = [];
  private readonly next: () => number;

  /** @param seed of the weights, 0 … 2^32 − 1 */
  constructor(seed: number) {
    this.next = normalNumbers(seed);
  }

  /** A fully connected layer: Gemm with weights [outputs, inputs]. @param gain see {@link NetworkBuilder} */
  dense(name: string, x: string, inputs: number, outputs: number, gain: number): string {
    const weights = this.random(`${name}.weight`, [outputs, inputs], gain / inputs);
    return this.add("Gemm", [x, weights, this.filled(`${name}.bias`, outputs, 0)], name, { transB: 1 });
  }

  /** A convolution before Relu; of images. */
  convolution(name: string, x: string, { inputs, outputs, kernel, stride = 1, pad = 0 }: Convolution): string {
    const weights = this.random(`${name}.weight`, [outputs, inputs, kernel, kernel], 2 / (inputs * kernel * kernel));
    return this.add("Conv", [x, weights, this.filled(`${name}.bias`, outputs, 0)], name, {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
    });
  }

  /** @param scale of all channels; their bias is 0, and the statistics are those of normalized values */
  batchNormalization(name: string, x: string, channels: number, scale = 1): string {
    const parameters = [
      this.filled(`${name}.scale`, channels, scale),
      this.filled(`${name}.bias`, channels, 0),
      this.filled(`${name}.mean`, channels, 0),
      this.filled(`${name}.variance`, channels, 1),
    ];
    return this.add("BatchNormalization", [x, ...parameters], name);
  }

  /** Non-overlapping windows of 2 × 2. */
  maxPool(name: string, x: string): string {
    return this.add("MaxPool", [x], name, { kernel_shape: [2, 2], strides: [2, 2] });
  }

  /** A node without weights. */
  add(
    opType: string,
    inputs: readonly string[],
    name: string,
    attributes: Parameters<typeof makeNode>[3] = {},
  ): string {
    this.nodes.push(makeNode(opType, inputs, name, attributes));
    return name;
  }

  /** The model's bytes. Input and output have a free batch dimension in front. */
  finish(input: string, inputDims: readonly number[], output: string, outputs: number): Uint8Array {
    const graph = create(GraphProtoSchema, {
      name: "network",
      node: this.nodes,
      initializer: this.initializers,
      input: [makeValue(input, DataType.FLOAT, [BATCH, ...inputDims])],
      output: [makeValue(output, DataType.FLOAT, [BATCH, outputs])],
    });
    const opsetImport = [create(OperatorSetIdProtoSchema, { version: OPSET })];
    return toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, { irVersion: IR_VERSION, producerName: "Bitwright", opsetImport, graph }),
    );
  }

  private random(name: string, dims: readonly number[], variance: number): string {
    const deviation = Math.sqrt(variance);
    const values = new Float32Array(elementCount(dims));
    for (let i = 0; i < values.length; i++) values[i] = deviation * this.next();
    this.initializers.push(makeFloatTensor(name, dims, values));
    return name;
  }

  private filled(name: string, count: number, value: number): string {
    this.initializers.push(makeFloatTensor(name, [count], new Float32Array(count).fill(value)));
    return name;
  }
}
