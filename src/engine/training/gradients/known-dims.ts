/** Dimensions of what is computed from constants alone: weights on their way through quantizers and rearrangements. */
import type { NodeProto } from "onnx-buf";
import { intAttribute, intsAttribute } from "../../graph/attributes";
import type { Constants } from "../../graph/constants";
import { flattenedDims, reshapedDims, squeezedDims, transposition, unsqueezedDims } from "../../graph/shapes";
import { isDefaultDomain } from "../../onnx/model";

type Dims = readonly number[];

/** Operators whose output has the shape that their inputs broadcast to. */
const ELEMENTWISE: ReadonlySet<string> = new Set(
  "Abs Add Cast Ceil Clip Div Exp Floor Identity LeakyRelu Log Max Min Mul Neg Pow Reciprocal Relu Round Sigmoid Sign Sqrt Sub Sum Tanh Where".split(
    " ",
  ),
);

/** Operators whose output has the shape of their first input, whatever that of the others. */
const LIKE_FIRST: ReadonlySet<string> = new Set(["QuantizeLinear", "DequantizeLinear", "Softmax", "LogSoftmax"]);

/**
 * Dimensions of the values that the given ones lead to, as far as they follow from those.
 * @param known dimensions of constants and trainable inputs; what is found is added
 */
export function addKnownDims(nodes: readonly NodeProto[], known: Map<string, Dims>, constants: Constants): void {
  for (const node of nodes) {
    const [output] = node.output;
    const dims = outputDims(node, known, constants);
    if (dims !== undefined && !known.has(output)) known.set(output, dims);
  }
}

function outputDims(node: NodeProto, known: ReadonlyMap<string, Dims>, constants: Constants): Dims | undefined {
  const dims = known.get(node.input[0] ?? "");
  if (dims === undefined) return undefined;
  if (LIKE_FIRST.has(node.opType)) return dims;
  if (!isDefaultDomain(node.domain)) return undefined;
  if (ELEMENTWISE.has(node.opType))
    return broadcastDims(node.input.flatMap((name) => (name === "" ? [] : [known.get(name)])));
  const list = node.input[1] ?? "";
  const integers = list === "" ? undefined : constants.integers(list);
  if (list !== "" && integers === undefined) return undefined;
  switch (node.opType) {
    case "Transpose":
      return transposition(dims, intsAttribute(node, "perm")).map((axis) => dims[axis]);
    case "Reshape":
      return reshapedDims(dims, integers ?? [], intAttribute(node, "allowzero", 0) === 1);
    case "Squeeze":
      return squeezedDims(dims, integers);
    case "Unsqueeze":
      return unsqueezedDims(dims, integers ?? []);
    case "Flatten":
      return flattenedDims(dims, intAttribute(node, "axis", 1));
    default:
      return undefined;
  }
}

/** The shape that all of them broadcast to; undefined where one is not known, or they do not fit. */
function broadcastDims(shapes: readonly (Dims | undefined)[]): Dims | undefined {
  let result: number[] = [];
  for (const shape of shapes) {
    if (shape === undefined) return undefined;
    const rank = Math.max(result.length, shape.length);
    const before = result;
    result = Array.from({ length: rank }, (_, axis) => {
      const [a, b] = [before, shape].map((dims) => dims[axis - rank + dims.length] ?? 1);
      return a === 1 ? b : a;
    });
    if (!shape.every((dim, axis) => dim === 1 || dim === result[axis - shape.length + rank])) return undefined;
  }
  return result;
}
