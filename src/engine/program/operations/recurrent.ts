/**
 * LSTM and GRU, step by step over a sequence.
 *
 * Sums of a gate and the cell state c have steps of 2^−16, the hidden state h has steps of 2^−15 and is between −32767 and
 * 32767; `tanh` and `sigmoid` are those of `arithmetic/hyperbolic.ts`, in steps of 2^−15 and 2^−16. `round(v)` is
 * `(v + 2^15) >> 16`. For each gate g and unit, with x and h as they are before the step:
 *
 *     X[g] = clamp(requantized (biasW[g] + Σ (x[i] + inputOffset) · W[g][i]))      both in steps of 2^−16,
 *     H[g] = clamp(requantized (biasR[g] + Σ h[j] · R[g][j]))                      between ±(2^30 − 1)
 *
 * LSTM, gates in ONNX's order i, o, f, c:
 *
 *     c = round(sigmoid(X[f] + H[f]) · c + 2 · sigmoid(X[i] + H[i]) · tanh(X[c] + H[c]))
 *     h = round(sigmoid(X[o] + H[o]) · tanh(c))
 *
 * GRU, gates in ONNX's order z, r, n:
 *
 *     z = sigmoid(X[z] + H[z]),  r = sigmoid(X[r] + H[r])
 *     n = tanh(X[n] + round(r · H[n]))       with linear_before_reset
 *     n = tanh(X[n] + H'[n])                 without, where H' is the sum over round(r · h) in the place of h
 *     h = round(z · h + (2^16 − z) · n)
 *
 * A cell grows by less than 1 a step, so that 32 bits hold it for 32,767 steps from zero; products of it are below 2^48.
 */
import { integerSigmoid, integerTanh } from "../arithmetic/hyperbolic";
import { requantize } from "../arithmetic/requantization";
import type { CodeArray, OperationBase } from "../program";
import { scaledWeights } from "../weight-storage";
import { linearCode, type ChannelLinearArithmetic } from "./channel-linear";
import type { Convolution } from "./convolution";

/** Rows of weights with a bias each, by direction, gate and unit, and how their sums become steps of 2^−16. */
export type GateSums = Pick<
  Convolution,
  | "weights"
  | "storage"
  | "blocks"
  | "weightBits"
  | "weightScales"
  | "bias"
  | "biasShifts"
  | "inputOffset"
  | "requantization"
  | "activationMin"
  | "activationMax"
  | "accumulatorBits"
>;

/** LSTM, and GRU with its reset gate behind or before the product with the weights of the hidden state. */
export type RecurrentCell = "lstm" | "gru-reset-after" | "gru-reset-before";

/** Where a state begins: at zero, at constants of its steps, or at a tensor of them. */
export type InitialState<Steps> =
  | { readonly kind: "zero" }
  | { readonly kind: "constant"; readonly steps: Steps }
  | { readonly kind: "tensor"; readonly tensor: number };

/** `inputs` are the sequence [steps][inputCount] and initial states that are tensors. */
export interface Recurrent extends OperationBase {
  readonly kind: "recurrent";
  readonly cell: RecurrentCell;
  readonly stepCount: number;
  readonly inputCount: number;
  readonly unitCount: number;
  /** One, or both; those from `firstReversed` on run from the last step to the first. */
  readonly directions: 1 | 2;
  readonly firstReversed: 0 | 1;
  readonly inputSums: GateSums;
  readonly stateSums: GateSums;
  /** [directions][unitCount]. */
  readonly initialHidden: InitialState<Int16Array>;
  readonly initialCell: InitialState<Int32Array>;
  /** The hidden states of all steps as codes, [steps][directions][unitCount]; null where only the last ones are read. */
  readonly sequence: { readonly tensor: number; readonly codes: ChannelLinearArithmetic } | null;
  /** Tensors of the states, [directions][unitCount], which hold the last ones in the end; LSTM alone has cells. */
  readonly hidden: number;
  readonly cells: number | null;
  /** A tensor for one step: the next hidden state; or half the arguments' tanh of z, and then round(r · h). */
  readonly scratch: number;
}

const GATES: Readonly<Record<RecurrentCell, number>> = { lstm: 4, "gru-reset-after": 3, "gru-reset-before": 3 };

/** Gates of a unit. */
export function gateCount({ cell }: Pick<Recurrent, "cell">): number {
  return GATES[cell];
}

/** Multiply-accumulates of one run. */
export function recurrentMacs({ inputSums, stateSums, stepCount }: Recurrent): number {
  return stepCount * (inputSums.weights.length + stateSums.weights.length);
}

/** @param values of all tensors, by index */
export function runRecurrent(operation: Recurrent, values: readonly CodeArray[]): void {
  const { stepCount, inputCount, unitCount, directions, firstReversed, sequence, cells } = operation;
  const input = values[operation.inputs[0]];
  const inputSum = rowSum(operation.inputSums);
  const stateSum = rowSum(operation.stateSums);
  const step = operation.cell === "lstm" ? stepLstm : stepGru(operation.cell);
  values[operation.hidden].set(begin(operation.initialHidden, directions * unitCount, values));
  if (cells !== null) values[cells].set(begin(operation.initialCell, directions * unitCount, values));
  for (let direction = 0; direction < directions; direction++) {
    const first = direction * unitCount;
    const hidden = values[operation.hidden].subarray(first, first + unitCount);
    const cell = cells === null ? hidden : values[cells].subarray(first, first + unitCount);
    for (let at = 0; at < stepCount; at++) {
      const position = direction >= firstReversed ? stepCount - 1 - at : at;
      const x = input.subarray(position * inputCount, (position + 1) * inputCount);
      const row = direction * gateCount(operation) * unitCount;
      hidden.set(
        step(
          hidden,
          cell,
          (gate, unit) => inputSum(row + gate * unitCount + unit, x),
          (gate, unit, state) => stateSum(row + gate * unitCount + unit, state),
        ),
      );
      if (sequence === null) continue;
      const output = values[sequence.tensor];
      const from = (position * directions + direction) * unitCount;
      for (let unit = 0; unit < unitCount; unit++) output[from + unit] = linearCode(sequence.codes, 0, hidden[unit]);
    }
  }
}

type InputSum = (gate: number, unit: number) => number;
type StateSum = (gate: number, unit: number, state: CodeArray) => number;

/** @returns the next hidden state; the cells change in place */
function stepLstm(hidden: CodeArray, cell: CodeArray, x: InputSum, h: StateSum): Int16Array {
  const next = new Int16Array(hidden.length);
  for (let unit = 0; unit < next.length; unit++) {
    const [input, output, forget, candidate] = [0, 1, 2, 3].map((gate) => x(gate, unit) + h(gate, unit, hidden));
    const added = 2 * integerSigmoid(input) * integerTanh(candidate);
    cell[unit] = rounded(integerSigmoid(forget) * cell[unit] + added);
    next[unit] = rounded(integerSigmoid(output) * integerTanh(cell[unit]));
  }
  return next;
}

function stepGru(cell: Exclude<RecurrentCell, "lstm">) {
  return (hidden: CodeArray, _cell: CodeArray, x: InputSum, h: StateSum): Int16Array => {
    const gate = (number: number, unit: number) => integerSigmoid(x(number, unit) + h(number, unit, hidden));
    const recalled = Int16Array.from(hidden, (state, unit) => rounded(gate(1, unit) * state));
    return Int16Array.from(hidden, (state, unit) => {
      const past = cell === "gru-reset-before" ? h(2, unit, recalled) : rounded(gate(1, unit) * h(2, unit, hidden));
      const update = gate(0, unit);
      return rounded(update * state + (2 ** 16 - update) * integerTanh(x(2, unit) + past));
    });
  };
}

/** The sum of one row of weights, in steps of 2^−16. */
function rowSum(sums: GateSums): (row: number, input: CodeArray) => number {
  const { bias, inputOffset, requantization, activationMin, activationMax } = sums;
  const perRow = sums.weights.length / bias.length;
  const weights = scaledWeights(sums.weights, perRow, sums.blocks);
  return (row, input) => {
    let sum = bias[row];
    for (let i = 0; i < perRow; i++) sum += (input[i] + inputOffset) * weights[row * perRow + i];
    const scaled = requantize(sum, requantization[requantization.length === 1 ? 0 : row]);
    return Math.min(Math.max(scaled, activationMin), activationMax);
  };
}

function begin(
  initial: InitialState<Int16Array | Int32Array>,
  count: number,
  values: readonly CodeArray[],
): ArrayLike<number> {
  switch (initial.kind) {
    case "zero":
      return new Int32Array(count);
    case "constant":
      return initial.steps;
    case "tensor":
      return values[initial.tensor];
  }
}

/** Below 2^53 exactly. */
function rounded(value: number): number {
  return Math.floor((value + 2 ** 15) / 2 ** 16);
}
