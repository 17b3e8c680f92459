/** What the upgrade of one graph knows of its values, and the constants that it adds. */
import type { GraphProto, NodeProto, TensorProto } from "onnx-buf";
import { BitwrightError, shownName } from "../../../protocol/errors";
import { intAttribute, subgraphs } from "../../graph/attributes";
import { constantNodeTensor } from "../../graph/constant-node";
import type { Constants } from "../../graph/constants";
import { nameOrOutput, type UniqueNames } from "../../graph/names";
import { makeFloatTensor, makeInt64Tensor, makeTensor } from "../build";
import { DataType, dataTypeName, isFloatType } from "../data-types";
import { toFloat16 } from "../half";
import { isOperator } from "../model";

/** What is declared of the values of all graphs of a model. */
export interface Declarations {
  readonly types: ReadonlyMap<string, number>;
  readonly ranks: ReadonlyMap<string, number>;
  /** The only float type of the model's constants and declared values; undefined where it has several. */
  readonly soleFloatType: number | undefined;
  /** Every value that a node reads or a graph returns. */
  readonly read: ReadonlySet<string>;
}

/** The graph and all graphs inside its nodes. */
export function graphsWithin(graph: GraphProto): GraphProto[] {
  const graphs = [graph];
  for (let next = 0; next < graphs.length; next++) {
    for (const node of graphs[next].node) for (const inner of subgraphs(node)) graphs.push(inner);
  }
  return graphs;
}

/** Every name of a value or a node, in all graphs of the model. */
export function namesWithin(graph: GraphProto): Set<string> {
  const names = new Set<string>();
  for (const { node, input, output, initializer, sparseInitializer } of graphsWithin(graph)) {
    for (const { name } of [...input, ...output, ...initializer]) names.add(name);
    for (const sparse of sparseInitializer) names.add(sparse.values?.name ?? "");
    for (const item of node) for (const name of [item.name, ...item.input, ...item.output]) names.add(name);
  }
  return names;
}

export function declarationsOf(graph: GraphProto): Declarations {
  const types = new Map<string, number>();
  const ranks = new Map<string, number>();
  const read = new Set<string>();
  for (const { node, input, output, valueInfo, initializer } of graphsWithin(graph)) {
    for (const { name, type } of [...valueInfo, ...input, ...output]) {
      if (type?.value.case !== "tensorType") continue;
      const { elemType, shape } = type.value.value;
      if (elemType !== DataType.UNDEFINED) types.set(name, elemType);
      if (shape !== undefined) ranks.set(name, shape.dim.length);
    }
    for (const { name } of output) read.add(name);
    for (const item of node) for (const name of item.input) read.add(name);
    for (const tensor of initializer) declareTensor(tensor.name, tensor, types, ranks);
    for (const item of node) declareOutput(item, types, ranks);
  }
  const floatTypes = new Set([...types.values()].filter(isFloatType));
  return { types, ranks, read, soleFloatType: floatTypes.size === 1 ? [...floatTypes][0] : undefined };
}

function declareTensor(
  name: string,
  tensor: TensorProto,
  types: Map<string, number>,
  ranks: Map<string, number>,
): void {
  types.set(name, tensor.dataType);
  ranks.set(name, tensor.dims.length);
}

/** Types and ranks that an operator gives its first output whatever it reads. */
function declareOutput(node: NodeProto, types: Map<string, number>, ranks: Map<string, number>): void {
  const output = node.output.at(0) ?? "";
  if (isOperator(node, "Cast")) types.set(output, intAttribute(node, "to", DataType.UNDEFINED));
  if (isOperator(node, "Gemm") || isOperator(node, "Flatten")) ranks.set(output, 2);
  const constant = isOperator(node, "Constant") ? constantNodeTensor(node, output) : null;
  if (constant !== null) declareTensor(output, constant, types, ranks);
}

/** One graph under upgrade. */
export class Scope {
  /** Constants that the rules have added. */
  readonly initializers: TensorProto[] = [];

  /**
   * @param names of the whole model, so that nothing new hides a value of an outer graph
   * @param constants of the main graph; null inside others, where no rule looks constants up
   */
  constructor(
    private readonly declarations: Declarations,
    private readonly names: UniqueNames,
    private readonly constants: Constants | null,
  ) {}

  /** A name that nothing else in the model has. */
  name(wanted: string): string {
    return this.names.add(wanted);
  }

  /** Number of dimensions, where the model tells. */
  rank(value: string): number | undefined {
    return this.declarations.ranks.get(value);
  }

  isRead(value: string): boolean {
    return this.declarations.read.has(value);
  }

  floats(value: string): Float32Array | undefined {
    return this.constants?.float(value)?.values;
  }

  /** Adds an int64 constant and returns its name; a list unless `dims` say otherwise. */
  int64s(wanted: string, values: readonly bigint[], dims: readonly number[] = [values.length]): string {
    const name = this.names.add(wanted);
    this.initializers.push(makeInt64Tensor(name, dims, values));
    return name;
  }

  /** Adds a list of float constants and returns its name. */
  floatList(wanted: string, values: readonly number[]): string {
    const name = this.names.add(wanted);
    this.initializers.push(makeFloatTensor(name, [values.length], values));
    return name;
  }

  /**
   * Adds a scalar of the element type of another value and returns its name.
   * @throws BitwrightError model-opset where the type cannot be told
   */
  scalarLike(wanted: string, value: number, like: string, node: NodeProto): string {
    const type = this.declarations.types.get(like) ?? this.declarations.soleFloatType ?? DataType.UNDEFINED;
    const bytes = scalarBytes(value, type);
    if (bytes === null) throw notUpgradable(node, `the values that it reads are of type ${dataTypeName(type)}`);
    const name = this.names.add(wanted);
    this.initializers.push(makeTensor(name, type, [], bytes));
    return name;
  }
}

/** Raw data of one number; null for types that no rule writes constants of. */
function scalarBytes(value: number, type: number): Uint8Array | null {
  const view = new DataView(new ArrayBuffer(8));
  const written = (bytes: number) => new Uint8Array(view.buffer, 0, bytes);
  switch (type) {
    case DataType.FLOAT:
      view.setFloat32(0, value, true);
      return written(4);
    case DataType.DOUBLE:
      view.setFloat64(0, value, true);
      return written(8);
    case DataType.FLOAT16:
      view.setUint16(0, toFloat16(value), true);
      return written(2);
    default:
      return null;
  }
}

/** The refusal of one node, by name. */
export function notUpgradable(node: NodeProto, reason: string): BitwrightError {
  return new BitwrightError(
    "model-opset",
    `${shownName(node.opType)} "${shownName(nameOrOutput(node))}" has no form in the newer operator set that is needed: ${reason}`,
    "Export the model again with opset 13 or later",
  );
}
