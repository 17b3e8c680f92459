/** LSTM and GRU with constant weights, for a batch of one. */
import type { NodeProto } from "onnx-buf";
import type { ActivationParameters } from "../../activations/parameters";
import { findAttribute, intAttribute } from "../../graph/attributes";
import type { Layer } from "../../graph/layer";
import { nameOrOutput } from "../../graph/names";
import { SUM_FRACTION_BITS } from "../arithmetic/hyperbolic";
import { rowMajor } from "../layout";
import { gateCount, type GateSums, type Recurrent, type RecurrentCell } from "../operations/recurrent";
import { UNCHECKED, type ProgramTensor } from "../program";
import type { LoweredValue, LoweringContext } from "./context";
import { integersOf } from "./integer-constants";
import { initialStates } from "./initial-states";
import { refuse } from "./refusal";
import { textAttribute } from "./spatial";
import { CELL_STEPS, conversion, convertState, STATE_STEPS } from "./state-steps";
import { quantizedWeights, weightedSums } from "./sums";
import { storedDims } from "./weighted-sums";

/** Sums of two gates' halves have 32 bits. */
const SUM_LIMIT = 2 ** 30 - 1;

/** Parameters of the sums of gates. */
const SUM_STEPS: ActivationParameters = {
  scheme: "symmetric",
  bits: 32,
  scale: 2 ** -SUM_FRACTION_BITS,
  zeroPoint: 0,
  codeMin: -SUM_LIMIT,
  codeMax: SUM_LIMIT,
  rangeMin: -SUM_LIMIT * 2 ** -SUM_FRACTION_BITS,
  rangeMax: SUM_LIMIT * 2 ** -SUM_FRACTION_BITS,
  dead: false,
};

/** Positions of ONNX's inputs and outputs. */
const BIASES = 3;
const SEQUENCE_LENGTHS = 4;
const PEEPHOLES = 7;
const [SEQUENCE, LAST_HIDDEN, LAST_CELL] = [0, 1, 2];

interface Shape {
  readonly stepCount: number;
  readonly inputCount: number;
  readonly unitCount: number;
  readonly directions: 1 | 2;
}

export function lowerRecurrent(node: NodeProto, nodeIndex: number, context: LoweringContext): void {
  const cell = cellOf(node);
  refuseVariants(node, cell, context);
  const [inputLayer, stateLayer] = [1, 2].map((position) => layerOf(node, nodeIndex, position, context));
  const given = context.value(node.input[0], node);
  const shape = shapeOf(node, cell, given, stateLayer, inputLayer, context);
  const { stepCount, unitCount, directions } = shape;
  const value = context.arranged(given, rowMajor(given.dims), given.dims, node);
  const input = context.tensorOf(value);
  const stateDims = [directions, 1, unitCount];
  const state = { name: nameOrOutput(node), dims: stateDims, storedDims: stateDims };
  const begin = initialStates(node, state, stepCount, context);
  const hidden = context.tensors.push({ ...state, ...STATE_STEPS }) - 1;
  const cells =
    begin.cells === null ? null : context.tensors.push({ ...state, ...CELL_STEPS, ...begin.cells.range }) - 1;
  const scratchDims = [cell === "gru-reset-before" ? 2 * unitCount : unitCount];
  const scratchTensor = { ...state, ...STATE_STEPS, dims: scratchDims, storedDims: scratchDims };
  const scratch = context.tensors.push(scratchTensor) - 1;
  const sequence = sequenceOf(node, shape, context);
  const initial = [begin.hidden, begin.cells?.initial ?? { kind: "zero" }] as const;
  const [initialHidden, initialCell] = initial;
  const operation: Recurrent = {
    kind: "recurrent",
    node: nameOrOutput(node),
    operator: node.opType,
    inputs: [value.tensor, ...initial.flatMap((from) => (from.kind === "tensor" ? [from.tensor] : []))],
    output: sequence?.tensor ?? hidden,
    agreement: UNCHECKED,
    cell,
    ...shape,
    firstReversed: textAttribute(node, "direction", "forward") === "reverse" ? 0 : 1,
    inputSums: gateSums(inputLayer, node, input, context),
    stateSums: gateSums(stateLayer, node, { ...state, ...STATE_STEPS }, context),
    initialHidden,
    initialCell,
    sequence,
    hidden,
    cells,
    scratch,
  };
  context.operations.push(operation);
  for (const [position, tensor] of [
    [LAST_HIDDEN, hidden],
    [LAST_CELL, cells],
  ] as const) {
    const name = node.output[position] ?? "";
    if (tensor !== null && isRead(name, context)) defineState(node, name, tensor, shape, context);
  }
}

function cellOf(node: NodeProto): RecurrentCell {
  if (node.opType === "LSTM") return "lstm";
  return intAttribute(node, "linear_before_reset", 0) === 0 ? "gru-reset-before" : "gru-reset-after";
}

/** What changes the arithmetic, and is not in it. */
function refuseVariants(node: NodeProto, cell: RecurrentCell, context: LoweringContext): void {
  const direction = textAttribute(node, "direction", "forward");
  const functions = cell === "lstm" ? ["sigmoid", "tanh", "tanh"] : ["sigmoid", "tanh"];
  const expected = direction === "bidirectional" ? [...functions, ...functions] : functions;
  const decoder = new TextDecoder();
  const given = findAttribute(node, "activations")?.strings.map((text) => decoder.decode(text).toLowerCase());
  if (!["forward", "reverse", "bidirectional"].includes(direction)) throw refuse(node, "its direction is unknown");
  if (given !== undefined && given.length > 0 && given.join() !== expected.join()) {
    throw refuse(node, `its activations are ${given.join(", ")}, and ${functions.join(", ")} are supported`);
  }
  if ((findAttribute(node, "clip")?.f ?? 0) !== 0) throw refuse(node, "its sums are clipped");
  if (intAttribute(node, "input_forget", 0) !== 0) throw refuse(node, "its input and forget gates are coupled");
  const peepholes = node.input[PEEPHOLES] ?? "";
  if (peepholes !== "" && context.constants.float(peepholes)?.values.every((weight) => weight === 0) !== true) {
    throw refuse(node, "it has peepholes");
  }
}

function layerOf(node: NodeProto, nodeIndex: number, weightInput: number, context: LoweringContext): Layer {
  const layer = context.input.layers.find((item) => item.nodeIndex === nodeIndex && item.weightInput === weightInput);
  if (layer === undefined) throw refuse(node, "its weights are not constant");
  if (layer.bias === null && (node.input[BIASES] ?? "") !== "") throw refuse(node, "its biases are not constant");
  return layer;
}

function shapeOf(
  node: NodeProto,
  cell: RecurrentCell,
  { dims }: LoweredValue,
  { weight: stateWeights }: Layer,
  { weight: inputWeights }: Layer,
  context: LoweringContext,
): Shape {
  const isBatchFirst = intAttribute(node, "layout", 0) === 1;
  const [stepCount, batch] = isBatchFirst ? [dims[1], dims[0]] : dims;
  const [given, rows, unitCount] = stateWeights.dims;
  const directions = textAttribute(node, "direction", "forward") === "bidirectional" ? 2 : 1;
  const inputCount = inputWeights.dims[2];
  const gateRows = gateCount({ cell }) * unitCount;
  const fits =
    dims.length === 3 &&
    dims[2] === inputCount &&
    rows === gateRows &&
    inputWeights.dims[1] === gateRows &&
    given === directions &&
    inputWeights.dims[0] === directions &&
    intAttribute(node, "hidden_size", unitCount) === unitCount;
  if (!fits) {
    const [own, ofState] = [inputWeights, stateWeights].map((weight) => `[${weight.dims.join(", ")}]`);
    throw refuse(node, `weights ${own} and ${ofState} do not fit an input of [${dims.join(", ")}]`);
  }
  if (batch !== 1) throw refuse(node, `its batch is ${batch}`);
  const lengths = node.input[SEQUENCE_LENGTHS] ?? "";
  if (lengths !== "" && integersOf(lengths, context)?.every((length) => length === stepCount) !== true) {
    throw refuse(node, "its sequences are shorter than its input, or their lengths are computed when the model runs");
  }
  return { stepCount, inputCount, unitCount, directions };
}

function gateSums(layer: Layer, node: NodeProto, input: ProgramTensor, context: LoweringContext): GateSums {
  const into = {
    value: nameOrOutput(node),
    parameters: SUM_STEPS,
    activationMin: SUM_STEPS.codeMin,
    activationMax: SUM_STEPS.codeMax,
    operator: node.opType,
  };
  return weightedSums(layer, node, quantizedWeights(layer, node, input, context), input, into, context);
}

/** The values of all steps, where anything reads them. */
function sequenceOf(
  node: NodeProto,
  { stepCount, unitCount, directions }: Shape,
  context: LoweringContext,
): Recurrent["sequence"] {
  const name = node.output[SEQUENCE] ?? "";
  if (!isRead(name, context)) return null;
  const isBatchFirst = intAttribute(node, "layout", 0) === 1;
  const dims = isBatchFirst ? [1, stepCount, directions, unitCount] : [stepCount, directions, 1, unitCount];
  const stored = directions === 1 && !isBatchFirst ? storedDims(dims) : dims;
  const { tensor } = context.define(name, dims, rowMajor(dims), stored, context.parametersOf(name, node), node);
  const output = context.tensors[tensor];
  return { tensor, codes: conversion(node, STATE_STEPS, output) };
}

/** The last states as codes. */
function defineState(
  node: NodeProto,
  name: string,
  tensor: number,
  { unitCount, directions }: Shape,
  context: LoweringContext,
): void {
  const dims = intAttribute(node, "layout", 0) === 1 ? [1, directions, unitCount] : [directions, 1, unitCount];
  const value = context.define(name, dims, rowMajor(dims), dims, context.parametersOf(name, node), node);
  convertState(node, tensor, value.tensor, context);
}

/** Which axis of a value that recurrent operators read counts samples; null for values that none reads. */
export function recurrentBatchAxis(value: string, { index }: LoweringContext): 0 | 1 | null {
  for (const consumer of index.consumers(value)) {
    const node = index.nodes[consumer];
    if (node.opType === "LSTM" || node.opType === "GRU") return intAttribute(node, "layout", 0) === 1 ? 0 : 1;
  }
  return null;
}

function isRead(name: string, { index, input }: LoweringContext): boolean {
  if (name === "") return false;
  return index.consumers(name).length > 0 || input.model.graph.output.some((output) => output.name === name);
}
