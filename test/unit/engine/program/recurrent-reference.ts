/** LSTM and GRU in double precision, from the equations of the ONNX specification: what integer programs are held against. */
import { directionsOf, type RecurrentForm } from "./recurrent-networks";

/** All row-major, in the shapes of ONNX. */
export interface RecurrentWeights {
  readonly W: ArrayLike<number>;
  readonly R: ArrayLike<number>;
  /** Null for none. */
  readonly B: ArrayLike<number> | null;
  readonly h0: ArrayLike<number> | null;
  readonly c0: ArrayLike<number> | null;
}

export interface RecurrentOutputs {
  /** [steps][directions][units]. */
  readonly y: Float64Array;
  /** [directions][units]. */
  readonly h: Float64Array;
  readonly c: Float64Array;
}

/** @param x [steps][inputs] */
export function recurrentReference(
  form: RecurrentForm,
  weights: RecurrentWeights,
  x: ArrayLike<number>,
): RecurrentOutputs {
  const { steps, units, inputs, operator, direction } = form;
  const directions = directionsOf(form);
  const gates = operator === "LSTM" ? 4 : 3;
  const y = new Float64Array(steps * directions * units);
  const h = new Float64Array(directions * units);
  const c = new Float64Array(directions * units);
  for (let d = 0; d < directions; d++) {
    let hidden = Array.from({ length: units }, (_, u) => weights.h0?.[d * units + u] ?? 0);
    let cells = Array.from({ length: units }, (_, u) => weights.c0?.[d * units + u] ?? 0);
    const product = (matrix: ArrayLike<number>, gate: number, u: number, vector: ArrayLike<number>, length: number) => {
      const row = (d * gates + gate) * units + u;
      let sum = 0;
      for (let i = 0; i < length; i++) sum += matrix[row * length + i] * vector[i];
      return sum;
    };
    const bias = (half: 0 | 1, gate: number, u: number) =>
      weights.B?.[((2 * d + half) * gates + gate) * units + u] ?? 0;
    for (let step = 0; step < steps; step++) {
      const isReversed = direction === "reverse" || d === 1;
      const at = isReversed ? steps - 1 - step : step;
      const input = Array.from({ length: inputs }, (_, i) => x[at * inputs + i]);
      const state = hidden;
      const fromInput = (gate: number, u: number) => product(weights.W, gate, u, input, inputs) + bias(0, gate, u);
      const fromState = (gate: number, u: number, from: readonly number[] = state) =>
        product(weights.R, gate, u, from, units) + bias(1, gate, u);
      const gate = (number: number, u: number) => sigmoid(fromInput(number, u) + fromState(number, u));
      if (operator === "LSTM") {
        const candidates = state.map((_, u) => Math.tanh(fromInput(3, u) + fromState(3, u)));
        cells = cells.map((cell, u) => gate(2, u) * cell + gate(0, u) * candidates[u]);
        hidden = cells.map((cell, u) => gate(1, u) * Math.tanh(cell));
      } else {
        const reset = state.map((value, u) => gate(1, u) * value);
        const past = (u: number) => (form.linearBeforeReset ? gate(1, u) * fromState(2, u) : fromState(2, u, reset));
        hidden = state.map((value, u) => gate(0, u) * value + (1 - gate(0, u)) * Math.tanh(fromInput(2, u) + past(u)));
      }
      hidden.forEach((value, u) => (y[(at * directions + d) * units + u] = value));
    }
    hidden.forEach((value, u) => (h[d * units + u] = value));
    cells.forEach((value, u) => (c[d * units + u] = value));
  }
  return { y, h, c };
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
