/** Operators that round, by the straight-through estimator: as if they did not (Ivan, Quantization Schemes For Training Neural Networks). */
import type { NodeProto } from "onnx-buf";
import { intAttribute } from "../../graph/attributes";
import { DataType } from "../../onnx/data-types";
import { notDifferentiable } from "./refusal";
import type { GradientGraph } from "./gradient-graph";
import type { GradientRule } from "./rule";

/** Ceil, Floor, Round and Sign. */
export const straightThrough: GradientRule = ({ gradient }) => [() => gradient];

/** Smallest and largest code of the types that can be told without looking at sub-byte types. */
const CODE_RANGES: ReadonlyMap<number, readonly [number, number]> = new Map([
  [DataType.INT4, [-8, 7]],
  [DataType.UINT4, [0, 15]],
  [DataType.INT8, [-128, 127]],
  [DataType.UINT8, [0, 255]],
  [DataType.INT16, [-32768, 32767]],
  [DataType.UINT16, [0, 65535]],
]);

/**
 * The gradient by codes is taken by what they stand for, so that a pair of QuantizeLinear and DequantizeLinear hands it on
 * unchanged where the code is not at the end of its range, and the two gradients by their scale add up to (ŵ − w)/s in
 * the range and q − z outside (Esser et al., Learned Step Size Quantization, eq. 3).
 */
export const quantizeLinear: GradientRule = ({ node, gradient, graph }) => {
  const [x, scale] = node.input;
  refuseBlocks(node);
  const passing = () => {
    const [low, high] = codeRange(node, graph);
    const codes = shifted(node, graph, graph.add("Div", [x, alongAxis(node, graph, scale)]), "Add");
    const above = graph.add("GreaterOrEqual", [codes, graph.scalar(low - 0.5)]);
    return graph.masked(
      gradient,
      graph.add("And", [above, graph.add("LessOrEqual", [codes, graph.scalar(high + 0.5)])]),
    );
  };
  return [
    passing,
    () => {
      const scales = alongAxis(node, graph, scale);
      const products = graph.add("Mul", [passing(), graph.add("Div", [x, scales])]);
      return graph.add("Neg", [graph.reshapeLike(graph.sumTo(products, scales), scale)]);
    },
  ];
};

export const dequantizeLinear: GradientRule = ({ node, gradient, graph }) => {
  const [codes, scale] = node.input;
  refuseBlocks(node);
  return [
    () => gradient,
    () => {
      const scales = alongAxis(node, graph, scale);
      const steps = graph.add("Cast", [codes], { to: DataType.FLOAT });
      const products = graph.add("Mul", [gradient, shifted(node, graph, steps, "Sub")]);
      return graph.reshapeLike(graph.sumTo(products, scales), scale);
    },
  ];
};

/** The codes with the zero point added or subtracted. */
function shifted(node: NodeProto, graph: GradientGraph, codes: string, operator: "Add" | "Sub"): string {
  const zeroPoint = node.input[2] ?? "";
  if (zeroPoint === "") return codes;
  return graph.add(operator, [codes, alongAxis(node, graph, graph.add("Cast", [zeroPoint], { to: DataType.FLOAT }))]);
}

/** A list of one parameter a channel in a shape that broadcasts along the node's axis; a single one as it is. */
function alongAxis(node: NodeProto, graph: GradientGraph, parameters: string): string {
  const dims = graph.dims(node.input[1]);
  if (dims === undefined) throw notDifferentiable(node, "the shape of its scale is known only when it runs");
  if (dims.length === 0) return parameters;
  const [x] = node.input;
  const axis = intAttribute(node, "axis", 1);
  const behind = axis < 0 ? graph.int64s(new Array<number>(-1 - axis).fill(1)) : onesBehind(graph, x, axis);
  return graph.add("Reshape", [parameters, graph.add("Concat", [graph.int64s([-1]), behind], { axis: 0 })]);
}

/** As many ones as the value has axes behind the given one. */
function onesBehind(graph: GradientGraph, value: string, axis: number): string {
  const behind = graph.add("Shape", [value], { start: axis + 1 });
  return graph.add("Div", [behind, behind]);
}

function codeRange(node: NodeProto, graph: GradientGraph): readonly [number, number] {
  const zeroPoint = node.input[2] ?? "";
  const declared = intAttribute(node, "output_dtype", 0);
  const type = zeroPoint === "" ? declared || DataType.UINT8 : graph.elementType(zeroPoint);
  const range = CODE_RANGES.get(type ?? DataType.UNDEFINED);
  if (range === undefined) throw notDifferentiable(node, "the range of its codes is not known");
  return range;
}

function refuseBlocks(node: NodeProto): void {
  if (intAttribute(node, "block_size", 0) !== 0) throw notDifferentiable(node, "its scales are per block");
}
