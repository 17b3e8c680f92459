/** The forms of operators that the gradient rules are written for. */
import { NodeProtoSchema, type NodeProto, type TensorProto } from "onnx-buf";
import { findAttribute, intAttribute, intsAttribute } from "../graph/attributes";
import { UniqueNames } from "../graph/names";
import { replaceNodes } from "../graph/rewrite";
import { makeAttribute, makeInt64Tensor, makeNode, type AttributeContent } from "../onnx/build";
import { copyOf, isOperator, type OnnxModel } from "../onnx/model";
import { namesWithin } from "../onnx/upgrade/scope";
import { notDifferentiable } from "./gradients/refusal";

/**
 * The same function with nodes that backward passes can look at: MaxPool tells where its maxima were, padding that the runtime
 * would choose (auto_pad) is written out, and Dropout, which passes everything on outside of training, is Identity.
 *
 * @throws BitwrightError operator-unsupported, where the padding depends on weights whose shape is not known
 */
export function withTrainableForms(model: OnnxModel): OnnxModel {
  const forms = new Forms(model);
  const replacements = new Map<number, readonly NodeProto[]>();
  model.graph.node.forEach((node, index) => {
    const nodes = forms.of(node);
    if (nodes !== null) replacements.set(index, nodes);
  });
  return replacements.size === 0 ? model : replaceNodes(model, replacements, forms.initializers);
}

class Forms {
  readonly initializers: TensorProto[] = [];
  private readonly names: UniqueNames;
  private readonly dims: ReadonlyMap<string, readonly number[]>;

  constructor({ graph }: OnnxModel) {
    this.names = new UniqueNames(namesWithin(graph));
    this.dims = new Map(graph.initializer.map(({ name, dims }) => [name, dims.map(Number)]));
  }

  /** The nodes that stand for a node; null where it stays. */
  of(node: NodeProto): NodeProto[] | null {
    if (isOperator(node, "MaxPool")) return (node.output.at(1) ?? "") === "" ? [this.withPositions(node)] : null;
    if (isOperator(node, "Dropout"))
      return node.output.length === 1 ? [makeNode("Identity", [node.input[0]], node.output[0])] : null;
    const padding = new TextDecoder().decode(findAttribute(node, "auto_pad")?.s ?? new Uint8Array());
    if (!padding.startsWith("SAME")) return null;
    if (isOperator(node, "Conv")) return this.paddedConvolution(node, padding);
    return isOperator(node, "AveragePool") ? this.paddedPool(node, padding) : null;
  }

  private withPositions(node: NodeProto): NodeProto {
    const copy = copyOf(NodeProtoSchema, node);
    copy.output = [node.output[0], this.names.add(`${node.output[0]}_positions`)];
    return copy;
  }

  private paddedConvolution(node: NodeProto, padding: string): NodeProto[] {
    const pads = fixedPads(node, padding, this.kernelOf(node));
    if (pads !== null) return [withPadding(node, node.input, pads)];
    const nodes: NodeProto[] = [];
    const padded = this.padded(nodes, node.input[0], this.computedPads(nodes, node, padding));
    return [...nodes, withPadding(node, [padded, ...node.input.slice(1)], null)];
  }

  /** Where padding does not count, sums over the window are divided by how much of the window is on the image: the average of ones. */
  private paddedPool(node: NodeProto, padding: string): NodeProto[] {
    const fixed = fixedPads(node, padding, this.kernelOf(node));
    if (fixed !== null) return [withPadding(node, node.input, fixed)];
    const nodes: NodeProto[] = [];
    const [x] = node.input;
    const [y] = node.output;
    const pads = this.computedPads(nodes, node, padding);
    const average = (value: string, output: string) => {
      const pool = withPadding(node, [this.padded(nodes, value, pads)], null);
      pool.output = [output];
      nodes.push(pool);
      return output;
    };
    if (intAttribute(node, "count_include_pad", 0) === 1) {
      average(x, y);
      return nodes;
    }
    const shape = this.add(nodes, "Shape", [x], `${y}_shape`);
    const zeros = this.add(nodes, "ConstantOfShape", [shape], `${y}_zeros`);
    const ones = this.add(nodes, "Exp", [zeros], `${y}_ones`);
    const covered = average(ones, this.names.add(`${y}_covered`));
    nodes.push(makeNode("Div", [average(x, this.names.add(`${y}_sum`)), covered], y));
    return nodes;
  }

  /** The pads of ONNX's auto_pad, from the shape that the value has at run time. */
  private computedPads(nodes: NodeProto[], node: NodeProto, padding: string): string {
    const kernel = this.kernelOf(node);
    const strides = intsAttribute(node, "strides") ?? kernel.map(() => 1);
    const prefix = `${node.output[0]}_pads`;
    const add = (opType: string, inputs: readonly string[], attributes = {}) =>
      this.add(nodes, opType, inputs, prefix, attributes);
    const list = (values: readonly number[]) => this.int64s(prefix, values);
    const size = add("Shape", [node.input[0]], { start: 2 });
    const stride = list(strides);
    const outputs = add("Div", [add("Add", [size, list(strides.map((value) => value - 1))]), stride]);
    const last = add("Mul", [add("Sub", [outputs, list([1])]), stride]);
    const needed = add("Add", [last, list(extents(node, kernel))]);
    const total = add("Max", [add("Sub", [needed, size]), list([0])]);
    const smaller = add("Div", [total, list([2])]);
    const larger = add("Sub", [total, smaller]);
    const [begins, ends] = padding === "SAME_UPPER" ? [smaller, larger] : [larger, smaller];
    const none = list([0, 0]);
    return add("Concat", [none, begins, none, ends], { axis: 0 });
  }

  private padded(nodes: NodeProto[], value: string, pads: string): string {
    return this.add(nodes, "Pad", [value, pads], `${value}_padded`);
  }

  private kernelOf(node: NodeProto): readonly number[] {
    const kernel = intsAttribute(node, "kernel_shape") ?? this.dims.get(node.input[1] ?? "")?.slice(2);
    if (kernel === undefined) throw notDifferentiable(node, "the shape of its weights is known only when it runs");
    return kernel;
  }

  private add(
    nodes: NodeProto[],
    opType: string,
    inputs: readonly string[],
    wanted: string,
    attributes: Readonly<Record<string, AttributeContent>> = {},
  ): string {
    const output = this.names.add(wanted);
    nodes.push(makeNode(opType, inputs, output, attributes));
    return output;
  }

  private int64s(wanted: string, values: readonly number[]): string {
    const name = this.names.add(wanted);
    this.initializers.push(makeInt64Tensor(name, [values.length], values.map(BigInt)));
    return name;
  }
}

/** Elements that each window spans. */
function extents(node: NodeProto, kernel: readonly number[]): number[] {
  const dilations = intsAttribute(node, "dilations");
  return kernel.map((size, axis) => (size - 1) * (dilations?.[axis] ?? 1) + 1);
}

/** Pads that are the same for every size, as they are without strides; else null. */
function fixedPads(node: NodeProto, padding: string, kernel: readonly number[]): number[] | null {
  if (intsAttribute(node, "strides")?.some((stride) => stride !== 1) === true) return null;
  const totals = extents(node, kernel).map((extent) => extent - 1);
  const smaller = totals.map((total) => Math.floor(total / 2));
  const larger = totals.map((total, axis) => total - smaller[axis]);
  return padding === "SAME_UPPER" ? [...smaller, ...larger] : [...larger, ...smaller];
}

/** A copy of the node on other inputs, with explicit padding or, where it is null, none. */
function withPadding(node: NodeProto, inputs: readonly string[], pads: readonly number[] | null): NodeProto {
  const copy = copyOf(NodeProtoSchema, node);
  copy.input = [...inputs];
  const others = node.attribute.filter(({ name }) => name !== "auto_pad" && name !== "pads");
  copy.attribute = pads === null ? others : [...others, makeAttribute("pads", pads)];
  return copy;
}
