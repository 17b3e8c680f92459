/** Small LSTM and GRU networks of every form that integer programs take. */
import type { TensorProto } from "onnx-buf";
import type { ModelSource } from "../../../../src/engine/model-source";
import { floatTensor, modelSource, node, randomTensor, randomValues, value } from "../onnx/model-builder";

export const DIRECTIONS = ["forward", "reverse", "bidirectional"] as const;

/** What the states begin with. */
export const BEGINNINGS = ["zero", "constant", "input"] as const;

export interface RecurrentForm {
  readonly operator: "LSTM" | "GRU";
  readonly direction: (typeof DIRECTIONS)[number];
  readonly steps: number;
  readonly inputs: number;
  readonly units: number;
  readonly hasBias: boolean;
  /** Of GRU. */
  readonly linearBeforeReset: boolean;
  readonly begin: (typeof BEGINNINGS)[number];
  /** Any of y, h and c. */
  readonly outputs: readonly ("y" | "h" | "c")[];
}

export interface RecurrentNetwork {
  readonly form: RecurrentForm;
  readonly source: ModelSource;
  /** Values of every input. */
  readonly feeds: (seed: number) => Record<string, { readonly dims: readonly number[]; readonly data: Float32Array }>;
}

export function directionsOf({ direction }: RecurrentForm): number {
  return direction === "bidirectional" ? 2 : 1;
}

/** A form that depends on the seed alone; all of them come up. */
export function randomForm(seed: number): RecurrentForm {
  const random = randomValues(8, seed).map((item) => (item + 1) / 2);
  const below = (at: number, count: number) => Math.floor(random[at] * count);
  const operator = seed % 2 === 0 ? "LSTM" : "GRU";
  const states = operator === "LSTM" ? (["h", "c"] as const) : (["h"] as const);
  return {
    operator,
    direction: DIRECTIONS[Math.floor(seed / 2) % 3],
    steps: 1 + below(0, 9),
    inputs: 1 + below(1, 12),
    units: 1 + below(2, 12),
    hasBias: below(3, 4) > 0,
    linearBeforeReset: Math.floor(seed / 6) % 2 === 0,
    begin: BEGINNINGS[below(4, 3)],
    outputs: [["y"] as const, states, ["y", ...states] as const][below(5, 3)],
  };
}

/** The sequence is the input x, [1][steps][inputs], which a Transpose brings into ONNX's order. */
export function recurrentNetwork(form: RecurrentForm, seed: number): RecurrentNetwork {
  const { operator, direction, steps, inputs, units, hasBias, begin } = form;
  const directions = directionsOf(form);
  const rows = (operator === "LSTM" ? 4 : 3) * units;
  const stateDims = [directions, 1, units];
  const states = operator === "LSTM" ? ["h0", "c0"] : ["h0"];
  const initializers: TensorProto[] = [
    scaledTensor("W", [directions, rows, inputs], 2 / Math.sqrt(inputs), seed),
    scaledTensor("R", [directions, rows, units], 2 / Math.sqrt(units), seed + 1),
    ...(hasBias ? [randomTensor("B", [directions, 2 * rows], seed + 2)] : []),
    ...(begin === "constant" ? states.map((name, at) => randomTensor(name, stateDims, seed + 3 + at)) : []),
  ];
  const begins = begin === "zero" ? [] : states;
  const attributes = {
    hidden_size: units,
    direction,
    ...(operator === "GRU" && { linear_before_reset: form.linearBeforeReset ? 1 : 0 }),
  };
  const read = ["t", "W", "R", hasBias ? "B" : "", "", ...begins];
  const made = (["y", "h", "c"] as const).map((name) => (form.outputs.includes(name) ? name : ""));
  const inputDims = [1, steps, inputs];
  return {
    form,
    source: modelSource({
      nodes: [
        node("Transpose", ["x"], ["t"], { perm: [1, 0, 2] }, "order"),
        node(operator, read, operator === "LSTM" ? made : made.slice(0, 2), attributes, "memory"),
      ],
      initializers,
      inputs: [value("x", inputDims), ...(begin === "input" ? states.map((name) => value(name, stateDims)) : [])],
      outputs: [...form.outputs],
    }),
    feeds: (sample) => ({
      x: { dims: inputDims, data: randomValues(steps * inputs, sample).map((item) => 2 * item) },
      ...(begin === "input" &&
        Object.fromEntries(
          states.map((name, at) => [
            name,
            { dims: stateDims, data: randomValues(directions * units, sample + 1 + at) },
          ]),
        )),
    }),
  };
}

function scaledTensor(name: string, dims: readonly number[], scale: number, seed: number): TensorProto {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return floatTensor(
    name,
    dims,
    randomValues(count, seed).map((item) => scale * item),
  );
}
