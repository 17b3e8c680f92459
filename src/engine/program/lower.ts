/** From a quantized graph to the integer program. */
import type { NodeProto, ValueInfoProto } from "onnx-buf";
import { BitwrightError, shownName } from "../../protocol/errors";
import { intAttribute, intsAttribute } from "../graph/attributes";
import { nameOrOutput } from "../graph/names";
import { flattenedDims, reshapedDims, squeezedDims, unsqueezedDims } from "../graph/shapes";
import { isDefaultDomain } from "../onnx/model";
import { channelsLast, rowMajor } from "./layout";
import {
  LoweringContext,
  missingInput,
  type LoweredValue,
  type LoweringInput,
  type LoweringOptions,
} from "./lowering/context";
import { lowerChannelBounds } from "./lowering/channel-bounds";
import { lowerArgMax, lowerSoftmax } from "./lowering/classification";
import { lowerChannelLinear } from "./lowering/channel-linear";
import { lowerFunction, lowerProduct, lowerSum } from "./lowering/elementwise";
import { functionOf } from "./lowering/functions";
import { integersOf } from "./lowering/integer-constants";
import { lowerAveragePool, lowerMaxPool, lowerReduceMean } from "./lowering/pooling";
import {
  lowerConcat,
  lowerGather,
  lowerPad,
  lowerResize,
  lowerSlice,
  lowerSplit,
  lowerTranspose,
} from "./lowering/rearranging";
import { lowerRecurrent, recurrentBatchAxis } from "./lowering/recurrent";
import { refuse } from "./lowering/refusal";
import { lowerConv, lowerConvTranspose, lowerDense, storedDims } from "./lowering/weighted-sums";
import { EXACT, type IntegerProgram } from "./program";

/**
 * The integer program of a quantized graph, for a batch of one. Values of four dimensions are stored channels last (NHWC), the
 * program's inputs and outputs among them; all others in ONNX's order.
 *
 * @throws BitwrightError operator-unsupported naming the node; accumulator-overflow naming the layer; tensor-shape
 */
export function lowerProgram(input: LoweringInput, options: LoweringOptions = {}): IntegerProgram {
  try {
    return lower(new LoweringContext(input, options));
  } catch (thrown) {
    throw BitwrightError.from(thrown).within({ model: input.model.source.name });
  }
}

function lower(context: LoweringContext): IntegerProgram {
  const { graph } = context.input.model;
  const inputs = graph.input
    .filter(({ name }) => !context.index.initializers.has(name))
    .map((info) => defineInput(info, context).tensor);
  context.index.nodes.forEach((node, nodeIndex) => {
    if (context.isFused(nodeIndex) || !isComputed(node, context)) return;
    lowerNode(node, nodeIndex, context);
  });
  const outputs: number[] = [];
  for (const { name } of graph.output) outputs.push(outputTensor(name, [...inputs, ...outputs], context));
  return { tensors: context.tensors, inputs, outputs, operations: context.operations };
}

/** Operators whose output says something about a shape, whatever the data. */
const SHAPE_OPERATORS = ["Shape", "Size"];

/** Whether the node depends on the model's inputs, and not only on their shapes. */
function isComputed(node: NodeProto, context: LoweringContext): boolean {
  return (
    !SHAPE_OPERATORS.includes(node.opType) &&
    node.input.some((name) => context.has(name)) &&
    !node.output.every((name) => context.constants.isDerivedFromConstants(name))
  );
}

function lowerNode(node: NodeProto, nodeIndex: number, context: LoweringContext): void {
  if (!isDefaultDomain(node.domain)) throw refuse(node, `it belongs to the domain "${shownName(node.domain)}"`);
  switch (node.opType) {
    case "Conv":
      lowerConv(node, nodeIndex, context);
      break;
    case "Gemm":
    case "MatMul":
      lowerDense(node, nodeIndex, context);
      break;
    case "ConvTranspose":
      lowerConvTranspose(node, nodeIndex, context);
      break;
    case "LSTM":
    case "GRU":
      lowerRecurrent(node, nodeIndex, context);
      break;
    case "MaxPool":
    case "GlobalMaxPool":
      lowerMaxPool(node, context);
      break;
    case "AveragePool":
    case "GlobalAveragePool":
      lowerAveragePool(node, context);
      break;
    case "ReduceMean":
      lowerReduceMean(node, context);
      break;
    case "Softmax":
      lowerSoftmax(node, context);
      break;
    case "ArgMax":
      lowerArgMax(node, context);
      break;
    case "Transpose":
      lowerTranspose(node, context);
      break;
    case "Max":
    case "Min":
      lowerChannelBounds(node, context);
      break;
    case "Concat":
      lowerConcat(node, context);
      break;
    case "Split":
      lowerSplit(node, context);
      break;
    case "Slice":
      lowerSlice(node, context);
      break;
    case "Gather":
      lowerGather(node, context);
      break;
    case "Pad":
      lowerPad(node, context);
      break;
    case "Resize":
    case "Upsample":
      lowerResize(node, context);
      break;
    case "Identity":
    case "Dropout":
    case "Flatten":
    case "Reshape":
    case "Squeeze":
    case "Unsqueeze":
      lowerReshaping(node, context);
      break;
    default:
      lowerArithmetic(node, context);
  }
}

/** Functions of one value, and sums and products of two. */
function lowerArithmetic(node: NodeProto, context: LoweringContext): void {
  if (lowerChannelLinear(node, context)) return;
  const compute = functionOf(node, context);
  if (compute !== null) lowerFunction(node, context, compute);
  else if (node.opType === "Add" || node.opType === "Sub") lowerSum(node, context);
  else if (node.opType === "Mul") lowerProduct(node, context);
  else throw refuse(node, "the operator has no integer form here");
}

/** Operators that change dimensions alone: the elements stay where they are. */
function lowerReshaping(node: NodeProto, context: LoweringContext): void {
  const value = context.value(node.input[0], node);
  context.alias(node.output[0], { ...value, dims: reshaped(node, value.dims, context) });
}

function reshaped(node: NodeProto, dims: readonly number[], context: LoweringContext): readonly number[] {
  const axes = () => {
    const given = node.input[1] ?? "";
    return given === "" ? intsAttribute(node, "axes") : (integersOf(given, context) ?? null);
  };
  switch (node.opType) {
    case "Flatten":
      return flattenedDims(dims, intAttribute(node, "axis", 1));
    case "Reshape": {
      const shape = integersOf(node.input[1] ?? "", context);
      if (shape === undefined) throw refuse(node, "its shape is computed when the model runs");
      return reshapedDims(dims, shape, intAttribute(node, "allowzero", 0) === 1);
    }
    case "Squeeze":
    case "Unsqueeze": {
      const given = axes();
      if (given === null) throw refuse(node, "its axes are computed when the model runs");
      return node.opType === "Squeeze" ? squeezedDims(dims, given) : unsqueezedDims(dims, given ?? []);
    }
    default:
      return dims;
  }
}

/** A model input; its first dimension is the batch, of one, but where recurrent operators read it. */
function defineInput(info: ValueInfoProto, context: LoweringContext): LoweredValue {
  const type = info.type?.value;
  const shape = type?.case === "tensorType" ? type.value.shape : undefined;
  if (shape === undefined) throw dynamic(info.name, "the dimensions are not declared", FIX_DIMENSIONS);
  const batchAxis = recurrentBatchAxis(info.name, context) ?? 0;
  const dims = shape.dim.map(({ value }, axis) => {
    if (value.case === "dimValue" && value.value > 0n)
      return axis === batchAxis ? batchOf(info.name, Number(value.value)) : Number(value.value);
    if (axis === batchAxis) return 1;
    throw dynamic(info.name, `dimension ${axis} is open`, FIX_DIMENSIONS);
  });
  const reader = context.index.consumers(info.name).at(0);
  const node = reader === undefined ? undefined : context.index.nodes[reader];
  if (node === undefined) throw dynamic(info.name, "nothing is read", "Remove it from the model");
  const layout = dims.length === 4 ? channelsLast(dims) : rowMajor(dims);
  const stored = dims.length === 4 ? storedDims(dims) : dims;
  return context.define(info.name, dims, layout, stored, context.parametersOf(info.name, node), node);
}

function batchOf(name: string, batch: number): number {
  if (batch !== 1) throw dynamic(name, `the batch is ${batch}`, "Export the model with a batch of one");
  return batch;
}

/** The tensor of a model output, in the order that outputs have, and apart from the model's inputs and other outputs. */
function outputTensor(name: string, taken: readonly number[], context: LoweringContext): number {
  const value = context.valueOrUndefined(name);
  const producer = context.index.producer(name);
  if (value === undefined || producer === undefined) throw missingInput(name);
  const isMap = value.dims.length === 4;
  const layout = isMap ? channelsLast(value.dims) : rowMajor(value.dims);
  const ordered = context.arranged(value, layout, isMap ? storedDims(value.dims) : value.dims, producer);
  // An operation may have stored it under another shape, of which this one is a transposition.
  const stored = isMap ? { ...context.tensorOf(ordered), dims: value.dims } : context.tensorOf(ordered);
  if (!taken.includes(ordered.tensor)) {
    context.tensors[ordered.tensor] = stored;
    return ordered.tensor;
  }
  const tensor = context.tensors.push({ ...stored, name }) - 1;
  context.operations.push({
    kind: "rearrangement",
    node: nameOrOutput(producer),
    operator: "Identity",
    inputs: [ordered.tensor],
    output: tensor,
    agreement: EXACT,
    direction: "gather",
    offset: 0,
    loops: rowMajor(value.dims),
    fill: null,
  });
  return tensor;
}

const FIX_DIMENSIONS = "Give its dimensions: --input-shape NAME=1,3,32,32, or inputShapes in a recipe";

function dynamic(name: string, problem: string, remedy: string): BitwrightError {
  return new BitwrightError(
    "tensor-shape",
    `integer C needs a model with fixed dimensions and a batch of one; of this input ${problem}`,
    remedy,
    { field: name },
  );
}
