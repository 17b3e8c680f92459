/** What the states of LSTM and GRU begin with. */
import type { NodeProto } from "onnx-buf";
import { findAttribute } from "../../graph/attributes";
import { decodeFloatTensor } from "../../onnx/tensor-data";
import { elementCount } from "../../onnx/tensor";
import type { InitialState, Recurrent } from "../operations/recurrent";
import type { ProgramTensor } from "../program";
import type { LoweringContext } from "./context";
import { refuse } from "./refusal";
import { CELL_STEPS, convertState, STATE_STEPS } from "./state-steps";

/** Positions of ONNX's inputs. */
const INITIAL_HIDDEN = 5;
const INITIAL_CELL = 6;

/** Operators that give no element a value that none of their first input has. */
const KEEPS_VALUES = ["Expand", "Identity", "Tile", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Slice"];

/** Nodes between a constant and the state; exporters write up to four. */
const MAX_DEPTH = 16;

const INT32_MAX = 2 ** 31 - 1;

interface InitialStates {
  readonly hidden: Recurrent["initialHidden"];
  /** Null for GRU. */
  readonly cells: {
    readonly initial: Recurrent["initialCell"];
    /** What cells can become, in their steps. */
    readonly range: Pick<ProgramTensor, "codeMin" | "codeMax">;
  } | null;
}

/**
 * The states as the node's inputs give them: nothing, constants, or values that have codes, which are converted to the steps
 * of states.
 *
 * @param state name and dimensions of a state
 * @throws BitwrightError operator-unsupported for states beyond what their steps express, in the end too
 */
export function initialStates(
  node: NodeProto,
  state: Pick<ProgramTensor, "name" | "dims" | "storedDims">,
  stepCount: number,
  context: LoweringContext,
): InitialStates {
  const hidden = givenState(node, INITIAL_HIDDEN, state, context);
  // Codes of a range that ends at 1 may end one step behind it.
  if (hidden.largest > 1 + hidden.step) {
    throw refuse(node, `its hidden state begins at up to ${hidden.largest}, and never is beyond 1 later`);
  }
  const begin = {
    hidden: inSteps(node, hidden, { ...state, ...STATE_STEPS }, (values) => Int16Array.from(values), context),
  };
  if (node.opType !== "LSTM") return { ...begin, cells: null };
  const cell = givenState(node, INITIAL_CELL, state, context);
  const codeMax = Math.ceil((cell.largest + stepCount) / CELL_STEPS.scale);
  if (codeMax > INT32_MAX) {
    throw refuse(node, `in ${stepCount} steps its cells can reach ${stepCount + cell.largest}, beyond 32 bits`);
  }
  const range = { codeMin: -codeMax, codeMax };
  const steps = { ...state, ...CELL_STEPS, ...range };
  return {
    ...begin,
    cells: { range, initial: inSteps(node, cell, steps, (values) => Int32Array.from(values), context) },
  };
}

/** A state in real numbers, or the tensor that holds it. */
type GivenState = { readonly largest: number; readonly step: number } & (
  { readonly values: Float32Array } | { readonly tensor: number }
);

function givenState(
  node: NodeProto,
  position: number,
  { dims }: Pick<ProgramTensor, "dims">,
  context: LoweringContext,
): GivenState {
  const name = node.input[position] ?? "";
  const count = elementCount(dims);
  const value = context.valueOrUndefined(name);
  if (value !== undefined) {
    if (elementCount(value.dims) !== count)
      throw refuse(node, `an initial state has [${value.dims.join(", ")}] elements`);
    const { tensor } = context.arranged(value, [{ size: count, stride: 1 }], value.dims, node);
    const { scale, zeroPoint, codeMin, codeMax } = context.tensors[tensor];
    const largest = scale * Math.max(codeMax - zeroPoint, zeroPoint - codeMin);
    return { tensor, largest, step: scale };
  }
  const values = name === "" ? new Float32Array(count) : constantState(name, count, context);
  if (values === null) throw refuse(node, "its initial state is computed when the model runs");
  return { values, largest: values.reduce((most, item) => Math.max(most, Math.abs(item)), 0), step: 0 };
}

function constantState(name: string, count: number, context: LoweringContext): Float32Array | null {
  const constant = context.constants.float(name)?.values;
  if (constant?.length === count) return constant;
  const uniform = uniformValue(name, context, MAX_DEPTH);
  return uniform === null ? null : new Float32Array(count).fill(uniform);
}

/** The value of all elements, whatever shape they get from the shapes of others; null where they differ or depend on data. */
function uniformValue(name: string, context: LoweringContext, depth: number): number | null {
  const constant = context.constants.float(name)?.values;
  if (constant !== undefined)
    return constant.length > 0 && constant.every((item) => item === constant[0]) ? constant[0] : null;
  const node = context.index.producer(name);
  if (node === undefined || depth === 0) return null;
  if (KEEPS_VALUES.includes(node.opType)) return uniformValue(node.input[0], context, depth - 1);
  if (node.opType !== "ConstantOfShape") return null;
  const given = findAttribute(node, "value")?.t;
  return given === undefined ? 0 : (decodeFloatTensor(given, context.input.model.source).values.at(0) ?? null);
}

function inSteps<Steps>(
  node: NodeProto,
  given: GivenState,
  tensor: ProgramTensor,
  steps: (values: Float64Array) => Steps,
  context: LoweringContext,
): InitialState<Steps> {
  if ("tensor" in given) {
    const to = context.tensors.push(tensor) - 1;
    convertState(node, given.tensor, to, context);
    return { kind: "tensor", tensor: to };
  }
  if (given.largest === 0) return { kind: "zero" };
  const { scale, codeMin, codeMax } = tensor;
  const codes = Float64Array.from(given.values, (item) =>
    Math.min(Math.max(Math.round(item / scale), codeMin), codeMax),
  );
  return { kind: "constant", steps: steps(codes) };
}
