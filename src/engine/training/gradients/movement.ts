/** Operators that hand elements on in another shape or order. */
import { findAttribute, intAttribute, intsAttribute } from "../../graph/attributes";
import { DataType, isFloatType } from "../../onnx/data-types";
import type { GradientRule } from "./rule";

export const identity: GradientRule = ({ gradient }) => [() => gradient];

/** Flatten, Reshape, Squeeze and Unsqueeze. */
export const reshape: GradientRule = ({ node, gradient, graph }) => [() => graph.reshapeLike(gradient, node.input[0])];

export const transpose: GradientRule = ({ node, gradient, graph }) => {
  const perm = intsAttribute(node, "perm");
  const inverse = perm?.map((_, axis) => perm.indexOf(axis));
  return [() => graph.add("Transpose", [gradient], inverse === undefined ? {} : { perm: inverse })];
};

/** Between float types; what became an integer no longer changes smoothly. */
export const cast: GradientRule = ({ node, gradient, graph }) => [
  isFloatType(intAttribute(node, "to", DataType.UNDEFINED))
    ? () => graph.add("CastLike", [gradient, node.input[0]])
    : null,
];

export const concat: GradientRule = ({ node, gradient, graph }) => {
  const axis = intAttribute(node, "axis", 0);
  const range = axis === -1 ? { start: axis } : { start: axis, end: axis + 1 };
  let parts: readonly string[] | undefined;
  const split = () => {
    const sizes = node.input.map((input) => graph.add("Shape", [input], range));
    return graph.addNode("Split", [gradient, graph.add("Concat", sizes, { axis: 0 })], sizes.length, { axis });
  };
  return node.input.map((_, index) => () => (parts ??= split())[index]);
};

export const split: GradientRule = ({ node, gradients, graph }) => [
  () => {
    const parts = gradients.map((part, index) => part ?? graph.zerosLike(node.output[index]));
    return graph.add("Concat", parts, { axis: intAttribute(node, "axis", 0) });
  },
];

export const expand: GradientRule = ({ node, gradient, graph }) => [() => graph.sumTo(gradient, node.input[0])];

/** With zeros or another constant, the gradient is cropped where the value was padded; otherwise see {@link selection}. */
export const pad: GradientRule = (step) => {
  const { node, gradient, graph } = step;
  const mode = new TextDecoder().decode(findAttribute(node, "mode")?.s ?? new Uint8Array());
  if (mode !== "" && mode !== "constant") return selection(step);
  const axes = node.input[3] ?? "";
  const cropped = () => graph.add("Neg", [node.input[1]]);
  return [() => graph.add("Pad", [gradient, cropped(), ...(axes === "" ? [] : ["", axes])])];
};

/**
 * Any operator whose output elements are each one element of its first input (Gather, Slice, Tile): what the same node does to the
 * positions of the elements says where every part of the gradient goes to.
 */
export const selection: GradientRule = ({ node, gradient, graph }) => [
  () => {
    const [x, ...others] = node.input;
    const positions = graph.addLike(node, [graph.positions(x), ...others]);
    return graph.scatter(gradient, positions, x);
  },
];
