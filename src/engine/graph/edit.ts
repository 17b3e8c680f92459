/** Larger graphs made from a model: nodes, constants and outputs are added, and what no output needs is left out. */
import { create } from "@bufbuild/protobuf";
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataLocation as DataLocation,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type NodeProto,
  type TensorProto,
} from "onnx-buf";
import { makeAttribute, makeFloatTensor, makeInt64Tensor, type AttributeContent } from "../onnx/build";
import { DataType } from "../onnx/data-types";
import { encodeModel } from "../onnx/encode";
import { copyOf, type OnnxModel } from "../onnx/model";
import { decodeFloatTensor } from "../onnx/tensor-data";
import type { FloatTensor } from "../onnx/tensor";
import { namesInSubgraphs } from "./graph";
import { UniqueNames } from "./names";
import { withInputs } from "./rename";

/** The domain of ONNX Runtime's own operators, which exist beside any version of the default operator set. */
export const RUNTIME_DOMAIN = "com.microsoft";

/** From this version of the format on, initializers need not be graph inputs. */
const IR_VERSION_WITHOUT_INITIALIZERS_AS_INPUTS = 4n;

/** Operator sets since when axes are an input, not an attribute. */
const AXES_INPUT_SINCE: Readonly<Record<Reduction, number>> = {
  ReduceSum: 13,
  ReduceMax: 18,
  ReduceMin: 18,
  ReduceSumSquare: 18,
};

const AXES_OF_UNSQUEEZE_INPUT_SINCE = 13;
const BOUNDS_OF_CLIP_INPUT_SINCE = 11;

export type Reduction = "ReduceSum" | "ReduceMax" | "ReduceMin" | "ReduceSumSquare";

/** A graph under construction. All value names that its methods return are new ones. */
export class GraphEdit {
  private readonly names: UniqueNames;
  private readonly nodes: NodeProto[];
  private readonly initializers: TensorProto[];
  /** Element types by name. */
  private readonly outputs = new Map<string, number>();
  private readonly constants = new Map<string, string>();

  /** Starts with all nodes and constants of the model and none of its outputs. The model is not touched. */
  constructor(private readonly model: OnnxModel) {
    this.nodes = [...model.graph.node];
    this.initializers = model.graph.initializer.map((tensor) => inlined(tensor, model));
    this.names = new UniqueNames(usedNames(model));
  }

  /** Adds a node with one output, which gets a name of its own. */
  add(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeContent>> = {},
    domain = "",
  ): string {
    return this.addNode(opType, inputs, 1, attributes, domain)[0];
  }

  /** Adds a node with any number of outputs, each of which gets a name of its own. */
  addNode(
    opType: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, AttributeContent>> = {},
    domain = "",
  ): string[] {
    const output = Array.from({ length: outputs }, () => this.names.add(`${inputs[0] ?? ""}_${opType}`));
    this.nodes.push(
      create(NodeProtoSchema, {
        opType,
        domain,
        name: output[0] ?? "",
        input: [...inputs],
        output,
        attribute: Object.entries(attributes).map(([name, value]) => makeAttribute(name, value)),
      }),
    );
    return output;
  }

  /**
   * Adds a copy of a node that reads other values and makes new ones.
   * @param renamed what to read in place of a value; the copy's outputs are added to it
   */
  addCopy(node: NodeProto, renamed: Map<string, string>): void {
    const copy = withInputs(node, renamed);
    copy.output = node.output.map((output) => {
      if (output === "") return "";
      const name = this.names.add(output);
      renamed.set(output, name);
      return name;
    });
    copy.name = copy.output.find((output) => output !== "") ?? "";
    this.nodes.push(copy);
  }

  /** Adds the constants that another version of the model has and this one does not, under their own names. */
  addConstantsOf(model: OnnxModel): void {
    const known = new Set(this.model.graph.initializer.map(({ name }) => name));
    for (const tensor of model.graph.initializer) if (!known.has(tensor.name)) this.initializers.push(tensor);
  }

  /** Adds a float constant. */
  addFloats(wanted: string, { dims, values }: FloatTensor): string {
    const name = this.names.add(wanted);
    this.initializers.push(makeFloatTensor(name, dims, values));
    return name;
  }

  /** A scalar constant of type float; equal ones are one. */
  scalar(value: number): string {
    return this.constant(`float ${value}`, () =>
      this.addFloats("scalar", { dims: [], values: Float32Array.of(value) }),
    );
  }

  /** A scalar constant of one of the integer types of up to 16 bits; equal ones are one. */
  integerScalar(value: number, dataType: number): string {
    return this.constant(`${dataType} ${value}`, () => {
      const name = this.names.add("integer");
      this.initializers.push(create(TensorProtoSchema, { name, dims: [], dataType, int32Data: [value] }));
      return name;
    });
  }

  /** A list of int64 constants; equal ones are one. */
  int64s(values: readonly number[]): string {
    return this.constant(`int64s ${values.join()}`, () => {
      const name = this.names.add("int64s");
      this.initializers.push(makeInt64Tensor(name, [values.length], values.map(BigInt)));
      return name;
    });
  }

  /** Reduces over the axes, which must not be none and are dropped; with axes and keepdims where this operator set has them. */
  reduce(opType: Reduction, value: string, axes: readonly number[]): string {
    return this.model.opset >= AXES_INPUT_SINCE[opType]
      ? this.add(opType, [value, this.int64s(axes)], { keepdims: 0 })
      : this.add(opType, [value], { axes, keepdims: 0 });
  }

  /** Adds an axis of length 1 at the front. */
  unsqueeze(value: string): string {
    return this.model.opset >= AXES_OF_UNSQUEEZE_INPUT_SINCE
      ? this.add("Unsqueeze", [value, this.int64s([0])])
      : this.add("Unsqueeze", [value], { axes: [0] });
  }

  clip(value: string, low: number, high: number): string {
    return this.model.opset >= BOUNDS_OF_CLIP_INPUT_SINCE
      ? this.add("Clip", [value, this.scalar(low), this.scalar(high)])
      : this.add("Clip", [value], { min: { float: low }, max: { float: high } });
  }

  reshape(value: string, dims: readonly number[]): string {
    return this.add("Reshape", [value, this.int64s(dims)]);
  }

  /** Makes the value an output of the graph; asking again changes nothing. */
  addOutput(name: string, type: number = DataType.FLOAT): void {
    this.outputs.set(name, type);
  }

  /**
   * The graph as a serialized ModelProto, without nodes and constants that no output needs.
   * @param wanted names of its outputs, float unless added with another type; all that were added by default
   */
  encode(wanted: Iterable<string> = this.outputs.keys()): Uint8Array {
    const { model } = this;
    const outputs = new Map([...wanted].map((name) => [name, this.outputs.get(name) ?? DataType.FLOAT]));
    const needed = new Set(outputs.keys());
    const live = this.nodes
      .toReversed()
      .filter((node) => {
        if (!node.output.some((output) => needed.has(output))) return false;
        for (const name of [...node.input, ...namesInSubgraphs(node)]) needed.add(name);
        return true;
      })
      .reverse();
    const isConstant = new Set(model.graph.initializer.map(({ name }) => name));
    const graph = copyOf(GraphProtoSchema, model.graph);
    graph.node = lastUseSoon(live);
    graph.initializer = this.initializers.filter(({ name }) => needed.has(name));
    graph.input = model.graph.input.filter(({ name }) => !isConstant.has(name));
    graph.valueInfo = [];
    graph.quantizationAnnotation = [];
    graph.output = Array.from(outputs, ([name, elemType]) =>
      create(ValueInfoProtoSchema, { name, type: { value: { case: "tensorType", value: { elemType } } } }),
    );
    const proto = copyOf(ModelProtoSchema, model.proto);
    proto.graph = graph;
    if (proto.irVersion < IR_VERSION_WITHOUT_INITIALIZERS_AS_INPUTS) {
      proto.irVersion = IR_VERSION_WITHOUT_INITIALIZERS_AS_INPUTS;
    }
    if (!proto.opsetImport.some(({ domain }) => domain === RUNTIME_DOMAIN)) {
      const runtime = create(OperatorSetIdProtoSchema, { domain: RUNTIME_DOMAIN, version: 1n });
      proto.opsetImport = [...proto.opsetImport, runtime];
    }
    return encodeModel({ ...model, proto, graph });
  }

  private constant(key: string, make: () => string): string {
    let name = this.constants.get(key);
    if (name === undefined) this.constants.set(key, (name = make()));
    return name;
  }
}

/**
 * The nodes with those that nobody reads at the end, the last one first. ONNX Runtime executes what the last node needs, then what the
 * one before it needs, and so on: in this order it looks at each value while it is fresh and drops it, instead of
 * keeping all values until the network is done.
 */
function lastUseSoon(nodes: readonly NodeProto[]): NodeProto[] {
  const read = new Set(nodes.flatMap((node) => [...node.input, ...namesInSubgraphs(node)]));
  const isRead = (node: NodeProto) => node.output.some((output) => read.has(output));
  return [...nodes.filter(isRead), ...nodes.filter((node) => !isRead(node)).reverse()];
}

/** A float tensor of an external file with its data inside: a serialized graph has no files beside it. */
function inlined(tensor: TensorProto, { source }: OnnxModel): TensorProto {
  if (tensor.dataLocation !== DataLocation.EXTERNAL) return tensor;
  const { dims, values } = decodeFloatTensor(tensor, source);
  return makeFloatTensor(tensor.name, dims, values);
}

function usedNames({ graph }: OnnxModel): Set<string> {
  const names = new Set<string>();
  for (const tensor of graph.initializer) names.add(tensor.name);
  for (const input of graph.input) names.add(input.name);
  for (const node of graph.node) {
    names.add(node.name);
    for (const name of [...node.output, ...namesInSubgraphs(node)]) names.add(name);
  }
  return names;
}
