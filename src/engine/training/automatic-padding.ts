/** auto_pad of convolutions and average pools, written out. */
import { NodeProtoSchema, type NodeProto } from "onnx-buf";
import { findAttribute, intAttribute, intsAttribute } from "../graph/attributes";
import { makeAttribute, makeNode } from "../onnx/build";
import { copyOf, isOperator } from "../onnx/model";
import type { FormNodes } from "./form-nodes";

/** Whether the node leaves its padding to the runtime: the output then has the size of the input by the stride, rounded up. */
export function padsAutomatically(node: NodeProto): boolean {
  return autoPad(node).startsWith("SAME");
}

/** @param kernel spatial dimensions of the window */
export function padExplicitly(node: NodeProto, kernel: readonly number[], forms: FormNodes): void {
  const fixed = fixedPads(node, kernel);
  if (fixed !== null) {
    forms.replace(withPads(node, fixed), node.input);
    return;
  }
  const [x, ...others] = node.input;
  const pads = computedPads(node, kernel, forms);
  const padded = (value: string) => forms.add("Pad", [value, pads], `${value}_padded`);
  const unpadded = withPads(node, null);
  if (!isOperator(node, "AveragePool") || intAttribute(node, "count_include_pad", 0) === 1) {
    forms.replace(unpadded, [padded(x), ...others]);
    return;
  }
  // Padding does not count: averages over whole windows are divided by how much of the window is on the image, the average of ones.
  const [y] = node.output;
  const zeros = forms.add("ConstantOfShape", [forms.add("Shape", [x], `${y}_shape`)], `${y}_zeros`);
  const ones = forms.add("Exp", [zeros], `${y}_ones`);
  const sums = forms.replace(unpadded, [padded(x)], forms.name(`${y}_sums`));
  const covered = forms.replace(unpadded, [padded(ones)], forms.name(`${y}_covered`));
  forms.nodes.push(makeNode("Div", [sums, covered], y));
}

/** Pads that are the same for every size, as they are without strides; else null. */
function fixedPads(node: NodeProto, kernel: readonly number[]): number[] | null {
  if (intsAttribute(node, "strides")?.some((stride) => stride !== 1) === true) return null;
  const totals = extents(node, kernel).map((extent) => extent - 1);
  const smaller = totals.map((total) => Math.floor(total / 2));
  const larger = totals.map((total, axis) => total - smaller[axis]);
  return autoPad(node) === "SAME_UPPER" ? [...smaller, ...larger] : [...larger, ...smaller];
}

/** For Pad, from the size that the value has when the graph runs. */
function computedPads(node: NodeProto, kernel: readonly number[], forms: FormNodes): string {
  const strides = intsAttribute(node, "strides") ?? kernel.map(() => 1);
  const prefix = `${node.output[0]}_pads`;
  const add = (opType: string, inputs: readonly string[], attributes = {}) =>
    forms.add(opType, inputs, prefix, attributes);
  const list = (values: readonly number[]) => forms.int64s(prefix, values);
  const size = add("Shape", [node.input[0]], { start: 2 });
  const stride = list(strides);
  const outputs = add("Div", [add("Add", [size, list(strides.map((value) => value - 1))]), stride]);
  const last = add("Mul", [add("Sub", [outputs, list([1])]), stride]);
  const needed = add("Add", [last, list(extents(node, kernel))]);
  const total = add("Max", [add("Sub", [needed, size]), list([0])]);
  const smaller = add("Div", [total, list([2])]);
  const larger = add("Sub", [total, smaller]);
  const [begins, ends] = autoPad(node) === "SAME_UPPER" ? [smaller, larger] : [larger, smaller];
  const none = list([0, 0]);
  return add("Concat", [none, begins, none, ends], { axis: 0 });
}

/** Elements that each window spans. */
function extents(node: NodeProto, kernel: readonly number[]): number[] {
  const dilations = intsAttribute(node, "dilations");
  return kernel.map((size, axis) => (size - 1) * (dilations?.[axis] ?? 1) + 1);
}

function withPads(node: NodeProto, pads: readonly number[] | null): NodeProto {
  const copy = copyOf(NodeProtoSchema, node);
  const others = node.attribute.filter(({ name }) => name !== "auto_pad" && name !== "pads");
  copy.attribute = pads === null ? others : [...others, makeAttribute("pads", pads)];
  return copy;
}

function autoPad(node: NodeProto): string {
  return new TextDecoder().decode(findAttribute(node, "auto_pad")?.s ?? new Uint8Array());
}
