/** Which values of a graph depend on the model's inputs, and of what element type they are. */
import type { NodeProto } from "onnx-buf";
import { findAttribute, intAttribute } from "../graph/attributes";
import type { Constants } from "../graph/constants";
import { namesInSubgraphs, type GraphIndex } from "../graph/graph";
import { DataType } from "../onnx/data-types";
import { isDefaultDomain, type OnnxModel } from "../onnx/model";

/** Operators whose output says something about a shape, whatever the data. */
const SHAPE_OPERATORS: ReadonlySet<string> = new Set(["Shape", "Size", "ConstantOfShape"]);

const INT64_OUTPUT: ReadonlySet<string> = new Set([
  "Shape",
  "Size",
  "NonZero",
  "ArgMax",
  "ArgMin",
  "NonMaxSuppression",
]);

const BOOL_OUTPUT: ReadonlySet<string> = new Set([
  "Equal",
  "Greater",
  "GreaterOrEqual",
  "Less",
  "LessOrEqual",
  "Not",
  "And",
  "Or",
  "Xor",
  "IsNaN",
  "IsInf",
]);

/** Operators whose second output counts or marks; all other outputs are of the first one's type. */
const SECOND_OUTPUT: ReadonlyMap<string, number> = new Map([
  ["MaxPool", DataType.INT64],
  ["TopK", DataType.INT64],
  ["Dropout", DataType.BOOL],
]);

/**
 * Element types of all values that carry data: graph inputs, and what is computed from them other than through shapes.
 * Constants, and arithmetic on shapes, are left out. A type that cannot be told is UNDEFINED.
 */
export function dataTypes(model: OnnxModel, index: GraphIndex, constants: Constants): ReadonlyMap<string, number> {
  const declared = declaredTypes(model);
  const types = new Map<string, number>();
  const carriers = new Map<string, number>();
  for (const input of model.graph.input) {
    if (index.initializers.has(input.name)) continue;
    carriers.set(input.name, declared.get(input.name) ?? DataType.UNDEFINED);
  }
  const typeOf = (value: string): number =>
    carriers.get(value) ?? types.get(value) ?? index.initializers.get(value)?.dataType ?? DataType.UNDEFINED;
  for (const node of index.nodes) {
    const read = [...node.input, ...namesInSubgraphs(node)];
    const carries = !SHAPE_OPERATORS.has(node.opType) && read.some((name) => carriers.has(name));
    node.output.forEach((output, position) => {
      if (output === "") return;
      const type = declared.get(output) ?? outputType(node, position, typeOf);
      (carries && !constants.isDerivedFromConstants(output) ? carriers : types).set(output, type);
    });
  }
  return carriers;
}

function declaredTypes({ graph }: OnnxModel): Map<string, number> {
  const declared = new Map<string, number>();
  for (const info of [...graph.valueInfo, ...graph.input, ...graph.output]) {
    const type = info.type?.value;
    if (type?.case === "tensorType" && type.value.elemType !== DataType.UNDEFINED) {
      declared.set(info.name, type.value.elemType);
    }
  }
  return declared;
}

function outputType(node: NodeProto, position: number, typeOf: (value: string) => number): number {
  if (!isDefaultDomain(node.domain)) return DataType.UNDEFINED;
  const { opType } = node;
  if (INT64_OUTPUT.has(opType)) return DataType.INT64;
  if (BOOL_OUTPUT.has(opType)) return DataType.BOOL;
  if (position > 0 && SECOND_OUTPUT.has(opType)) return SECOND_OUTPUT.get(opType)!;
  switch (opType) {
    case "Cast":
      return intAttribute(node, "to", DataType.UNDEFINED);
    case "Constant":
      return constantType(node);
    case "ConstantOfShape":
      return findAttribute(node, "value")?.t?.dataType ?? DataType.FLOAT;
    case "CastLike":
    case "DequantizeLinear":
    case "Where":
      return typeOf(node.input[1] ?? "");
    case "QuantizeLinear":
      return (node.input[2] ?? "") === "" ? DataType.UINT8 : typeOf(node.input[2]);
    case "OneHot":
      return typeOf(node.input[2] ?? "");
    case "If":
    case "Loop":
    case "Scan":
      return DataType.UNDEFINED;
    default:
      return typeOf(node.input[0] ?? "");
  }
}

function constantType(node: NodeProto): number {
  const has = (name: string) => findAttribute(node, name) !== undefined;
  if (has("value_float") || has("value_floats")) return DataType.FLOAT;
  if (has("value_int") || has("value_ints")) return DataType.INT64;
  return findAttribute(node, "value")?.t?.dataType ?? DataType.UNDEFINED;
}
