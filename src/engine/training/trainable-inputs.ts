/** The model as training runs it: what is trained comes in from outside at every step. */
import { GraphProtoSchema, ModelProtoSchema, type TensorProto, type ValueInfoProto } from "onnx-buf";
import { BitwrightError, shownName } from "../../protocol/errors";
import { constantNodeTensor } from "../graph/constant-node";
import { makeValue } from "../onnx/build";
import { DataType, dataTypeName } from "../onnx/data-types";
import { copyOf, isOperator, type OnnxModel } from "../onnx/model";
import { tensorDims } from "../onnx/tensor-shape";

export interface ModelWithInputs {
  readonly model: OnnxModel;
  /** Dimensions of the constants that have become inputs, by name. */
  readonly dims: ReadonlyMap<string, readonly number[]>;
}

/**
 * A copy of the model in which constants are inputs of the same name and shape, and which has further inputs.
 * @param constants names of initializers, or of the outputs of Constant nodes
 * @throws BitwrightError not-available naming what is no constant; tensor-type where one is not float
 */
export function withConstantsAsInputs(
  model: OnnxModel,
  constants: readonly string[],
  further: readonly ValueInfoProto[],
): ModelWithInputs {
  const chosen = new Set(constants);
  const found = new Map<string, TensorProto>();
  for (const tensor of model.graph.initializer) if (chosen.has(tensor.name)) found.set(tensor.name, tensor);
  const nodes = model.graph.node.filter((node) => {
    const [name] = node.output;
    if (!chosen.has(name) || !isOperator(node, "Constant")) return true;
    const tensor = constantNodeTensor(node, name);
    if (tensor !== null) found.set(name, tensor);
    return tensor === null;
  });
  const dims = new Map(Array.from(chosen, (name) => [name, trainableDims(name, found.get(name))]));
  const inputs = Array.from(dims, ([name, shape]) => makeValue(name, DataType.FLOAT, shape));
  const graph = copyOf(GraphProtoSchema, model.graph);
  graph.node = nodes;
  graph.initializer = model.graph.initializer.filter(({ name }) => !chosen.has(name));
  graph.input = [...model.graph.input.filter(({ name }) => !chosen.has(name)), ...inputs, ...further];
  const proto = copyOf(ModelProtoSchema, model.proto);
  proto.graph = graph;
  return { model: { ...model, proto, graph }, dims };
}

function trainableDims(name: string, tensor: TensorProto | undefined): number[] {
  if (tensor === undefined) {
    throw new BitwrightError(
      "not-available",
      `"${shownName(name)}" is no constant of the model and cannot be trained`,
      "Name initializers of the model",
    );
  }
  if (tensor.dataType !== DataType.FLOAT) {
    throw new BitwrightError(
      "tensor-type",
      `the tensor is ${dataTypeName(tensor.dataType)}, and training needs float`,
      "Export the model in single precision",
      { field: name },
    );
  }
  return tensorDims(tensor);
}
