/** A graph that its own backward pass is added to. */
import type { NodeProto } from "onnx-buf";
import { Constants, originType } from "../../graph/constants";
import { GraphEdit, RUNTIME_DOMAIN } from "../../graph/edit";
import { GraphIndex } from "../../graph/graph";
import type { AttributeContent } from "../../onnx/build";
import { DataType } from "../../onnx/data-types";
import type { OnnxModel } from "../../onnx/model";
import { elementCount } from "../../onnx/tensor";
import { tensorDims } from "../../onnx/tensor-shape";
import { addKnownDims } from "./known-dims";

/** Version of the default operator set that the rules are written in: all axes of reductions are inputs since 18. */
export const OPSET = 21;

/**
 * Adds nodes to the graph of a model of operator set {@link OPSET}. Shapes are known of constants only; of all other
 * values they are computed in the graph, so that it takes batches of any size.
 */
export class GradientGraph {
  private readonly edit: GraphEdit;
  private readonly index: GraphIndex;
  private readonly constants: Constants;
  private readonly knownDims: Map<string, readonly number[]>;
  private readonly shapes = new Map<string, string>();

  /** @param trainableDims dimensions of the inputs that were constants before */
  constructor(model: OnnxModel, trainableDims: ReadonlyMap<string, readonly number[]>) {
    this.edit = new GraphEdit(model);
    this.index = new GraphIndex(model.graph);
    this.constants = new Constants(model, this.index);
    this.knownDims = new Map(trainableDims);
    for (const tensor of model.graph.initializer) this.knownDims.set(tensor.name, tensorDims(tensor));
    addKnownDims(model.graph.node, this.knownDims, this.constants);
  }

  add(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, AttributeContent>> = {}): string {
    return this.edit.add(opType, inputs, attributes);
  }

  /** Adds a node of one of ONNX Runtime's own operators. */
  addRuntime(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeContent>> = {},
  ): string {
    return this.edit.add(opType, inputs, attributes, RUNTIME_DOMAIN);
  }

  addNode(
    opType: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, AttributeContent>> = {},
  ): string[] {
    return this.edit.addNode(opType, inputs, outputs, attributes);
  }

  /** Adds a node of the same operator and attributes on other inputs, and returns its first output. */
  addLike(node: NodeProto, inputs: readonly string[]): string {
    const renamed = new Map(node.input.map((input, index) => [input, inputs[index]]));
    this.edit.addCopy(node, renamed);
    return renamed.get(node.output[0]) ?? "";
  }

  addOutput(name: string, type: number = DataType.FLOAT): void {
    this.edit.addOutput(name, type);
  }

  encode(wanted?: Iterable<string>): Uint8Array {
    return this.edit.encode(wanted);
  }

  scalar(value: number): string {
    return this.edit.scalar(value);
  }

  /** A list of float constants. */
  floats(values: readonly number[]): string {
    return this.edit.addFloats("floats", { dims: [values.length], values: Float32Array.from(values) });
  }

  int64s(values: readonly number[]): string {
    return this.edit.int64s(values);
  }

  /** Dimensions of a value that depends on constants and trainable values alone; undefined for all others. */
  dims(value: string): readonly number[] | undefined {
    return this.knownDims.get(value);
  }

  /** Element type of a constant; undefined for all other values. */
  elementType(value: string): number | undefined {
    const origin = this.constants.origin(value);
    return origin === undefined ? undefined : originType(origin);
  }

  /** The int64 list of the value's dimensions, computed in the graph. */
  shapeOf(value: string): string {
    let shape = this.shapes.get(value);
    if (shape === undefined) this.shapes.set(value, (shape = this.add("Shape", [value])));
    return shape;
  }

  /** The elements in the shape of another value. */
  reshapeLike(value: string, like: string): string {
    return this.add("Reshape", [value, this.shapeOf(like)]);
  }

  zerosLike(value: string): string {
    return this.add("ConstantOfShape", [this.shapeOf(value)]);
  }

  onesLike(value: string): string {
    return this.add("Expand", [this.scalar(1), this.shapeOf(value)]);
  }

  /** Truth as 1 and 0. */
  float(condition: string): string {
    return this.add("Cast", [condition], { to: DataType.FLOAT });
  }

  /** The gradient where the condition holds, and zero elsewhere. */
  masked(gradient: string, condition: string): string {
    return this.add("Mul", [gradient, this.float(condition)]);
  }

  /** The number of elements of a value, as a float scalar. */
  size(value: string): string {
    return this.add("Cast", [this.add("Size", [value])], { to: DataType.FLOAT });
  }

  /** The sum over axes, which are dropped unless kept. */
  sum(value: string, axes: readonly number[], keepdims = 0): string {
    return this.add("ReduceSum", [value, this.int64s(axes)], { keepdims });
  }

  /** The sum over the axes along which a value was broadcast, in that value's shape: the gradient of broadcasting. */
  sumTo(gradient: string, value: string): string {
    const dims = this.dims(value);
    return dims === undefined ? this.sumToComputedShape(gradient, value) : this.sumToShape(gradient, dims);
  }

  /** The position of every element of a value in row-major order, in its shape. */
  positions(value: string): string {
    const count = this.add("Size", [value]);
    const [zero, one] = [0, 1].map((number) => this.add("Reshape", [this.int64s([number]), this.int64s([])]));
    return this.reshapeLike(this.add("Range", [zero, count, one]), value);
  }

  /** Zeros in the shape of a value, with each part of the gradient added at its position in row-major order. */
  scatter(gradient: string, positions: string, like: string): string {
    const flat = (value: string) => this.add("Reshape", [value, this.int64s([-1])]);
    const zeros = flat(this.zerosLike(like));
    const sums = this.add("ScatterElements", [zeros, flat(positions), flat(gradient)], { axis: 0, reduction: "add" });
    return this.reshapeLike(sums, like);
  }

  /** Axes of length 1 are counted from the last one, and what is in front of the shape becomes one axis. */
  private sumToShape(gradient: string, dims: readonly number[]): string {
    if (elementCount(dims) === 1) {
      const total = this.add("ReduceSum", [gradient], { keepdims: 0 });
      return this.add("Reshape", [total, this.int64s(dims)]);
    }
    const inner = dims.slice(dims.findIndex((dim) => dim !== 1));
    const single = inner.flatMap((dim, axis) => (dim === 1 ? [axis - inner.length] : []));
    const kept = single.length === 0 ? gradient : this.sum(gradient, single, 1);
    const total = this.sum(this.add("Reshape", [kept, this.int64s([-1, ...inner])]), [0]);
    return inner.length === dims.length ? total : this.add("Reshape", [total, this.int64s(dims)]);
  }

  /** As {@link sumToShape} with the axes found at run time: those where the shapes, aligned at their ends, differ. */
  private sumToComputedShape(gradient: string, value: string): string {
    const [from, to] = [this.shapeOf(gradient), this.shapeOf(value)];
    const missing = this.add("Sub", [this.add("Shape", [from]), this.add("Shape", [to])]);
    const pads = this.add("Concat", [missing, this.int64s([0])], { axis: 0 });
    const aligned = this.add("Pad", [to, pads, this.int64s([1])]);
    const differs = this.add("NonZero", [this.add("Not", [this.add("Equal", [from, aligned])])]);
    const axes = this.add("Reshape", [differs, this.int64s([-1])]);
    const total = this.add("ReduceSum", [gradient, axes], { keepdims: 1, noop_with_empty_axes: 1 });
    return this.add("Reshape", [total, to]);
  }
}
