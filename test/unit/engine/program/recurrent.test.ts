import { Tensor } from "onnxruntime-node";
import { create } from "@bufbuild/protobuf";
import { TensorProto_DataType as DataType, TensorProtoSchema, type NodeProto, type TensorProto } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { channelsLast, storedToRowMajor } from "../../../../src/engine/program/layout";
import type { GateSums, Recurrent } from "../../../../src/engine/program/operations/recurrent";
import type { CodeArray, ProgramTensor } from "../../../../src/engine/program/program";
import { interpretProgram } from "../../../../src/engine/program/interpret";
import { inputCodes } from "../../../../src/engine/program/samples";
import { sharedModel } from "../onnx/real-models";
import type { Options } from "../emit/qdq/quantized-model";
import { floatTensor, int64Tensor, modelSource, node, randomTensor, randomValues, value } from "../onnx/model-builder";
import { runModel, sqnrDb } from "../onnx/run-model";
import { hasShared } from "../../../shared";
import { interpret, networkOf, type Network } from "./networks";
import { randomForm, recurrentNetwork, type RecurrentNetwork } from "./recurrent-networks";
import { recurrentReference } from "./recurrent-reference";

const COUNT = Number(process.env["BITWRIGHT_FUZZ"] ?? 60);
const WIDE_CODES: Options = { activations: { scheme: "symmetric", bits: 16 } };
const WIDE: Options = { ...WIDE_CODES, weights: { bits: 16 } };

type Feeds = ReturnType<RecurrentNetwork["feeds"]>;

function tensorsOf(feeds: Feeds): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { dims, data }]) => [name, new Tensor("float32", data, dims)]),
  );
}

/** What codes stand for, row-major. */
function valuesOf({ dims, scale, zeroPoint }: ProgramTensor, codes: CodeArray): Float32Array {
  const values = Float32Array.from(codes, (code) => scale * (code - zeroPoint));
  if (dims.length !== 4) return values;
  const rowMajor = values.slice();
  storedToRowMajor(channelsLast(dims)).forEach((to, from) => (rowMajor[to] = values[from]));
  return rowMajor;
}

/** The program's outputs in real numbers, by name. */
function outputsOf(network: Network, feeds: Feeds): Record<string, Float32Array> {
  const { program, names } = network;
  const outputs = interpret(
    network,
    names.inputs.map((name) => feeds[name].data),
  );
  return Object.fromEntries(
    names.outputs.map((name, at) => [name, valuesOf(program.tensors[program.outputs[at]], outputs[at])]),
  );
}

function recurrentOf({ program }: Network): Recurrent {
  const found = program.operations.find((operation) => operation.kind === "recurrent");
  if (found === undefined) throw new Error("the program has no recurrent operation");
  return found;
}

/** Weights and biases as the integers stand for them. */
function decoded(sums: GateSums, inputScale: number): { weights: number[]; biases: number[] } {
  const perRow = sums.weights.length / sums.bias.length;
  const scale = (row: number) => sums.weightScales[sums.weightScales.length === 1 ? 0 : row];
  return {
    weights: Array.from(sums.weights, (weight, at) => weight * scale(Math.floor(at / perRow))),
    biases: Array.from(sums.bias, (bias, row) => bias * scale(row) * inputScale),
  };
}

/** Both halves of the biases in ONNX's order: for each direction those of W, then those of R. */
function joined(directions: number, ofInput: readonly number[], ofState: readonly number[]): number[] {
  const rows = ofInput.length / directions;
  return Array.from({ length: directions }, (_, d) => [
    ...ofInput.slice(d * rows, (d + 1) * rows),
    ...ofState.slice(d * rows, (d + 1) * rows),
  ]).flat();
}

describe("LSTM and GRU in integers", () => {
  it("compute what double precision makes of their weights and inputs", async () => {
    for (let seed = 1; seed <= COUNT; seed++) {
      const { form, source, feeds } = recurrentNetwork(randomForm(seed), seed);
      const given = feeds(seed);
      const network = await networkOf(source, tensorsOf(given), WIDE_CODES);
      const { program, names } = network;
      const operation = recurrentOf(network);
      const rounded = Object.fromEntries(
        names.inputs.map((name, at) => {
          const tensor = program.tensors[program.inputs[at]];
          return [name, valuesOf(tensor, inputCodes(tensor, given[name].data))];
        }),
      );
      const constants = (name: string, steps: InitialSteps, scale: number) =>
        rounded[name] ?? (steps.kind === "constant" ? Array.from(steps.steps, (step) => step * scale) : null);
      const input = decoded(operation.inputSums, program.tensors[operation.inputs[0]].scale);
      const state = decoded(operation.stateSums, 2 ** -15);
      const expected = recurrentReference(
        form,
        {
          W: input.weights,
          R: state.weights,
          B: joined(operation.directions, input.biases, state.biases),
          h0: constants("h0", operation.initialHidden, 2 ** -15),
          c0: constants("c0", operation.initialCell, 2 ** -16),
        },
        rounded["x"],
      );
      for (const [name, values] of Object.entries(outputsOf(network, given))) {
        const exact = expected[name === "y" ? "y" : name === "h" ? "h" : "c"];
        expect(values).toHaveLength(exact.length);
        const { scale, codeMin, codeMax } = program.tensors[program.outputs[names.outputs.indexOf(name)]];
        const within = exact.map((item) => Math.min(Math.max(item, codeMin * scale), codeMax * scale));
        const worst = values.reduce((most, item, i) => Math.max(most, Math.abs(item - within[i])), 0);
        expect({ seed, name, isClose: worst < 2 ** -11 }).toEqual({ seed, name, isClose: true });
      }
    }
  });

  it.each([
    ["8 bits", {}, 42],
    ["16 bits", WIDE, 83],
  ] as const)("come close to the float network: %s", async (_, options, leastDb) => {
    const floats: number[] = [];
    const integers: number[] = [];
    for (let seed = 1; seed <= COUNT; seed++) {
      const { source, feeds } = recurrentNetwork(randomForm(seed), seed);
      const given = feeds(seed);
      const network = await networkOf(source, tensorsOf(given), options);
      const expected = await runModel(source.bytes, tensorsOf(given));
      for (const [name, values] of Object.entries(outputsOf(network, given))) {
        expect(values).toHaveLength(expected[name].length);
        floats.push(...expected[name]);
        integers.push(...values);
      }
    }
    expect(sqnrDb(Float32Array.from(floats), Float32Array.from(integers))).toBeGreaterThan(leastDb);
  });

  it("keep states within their steps, whatever the input", async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const { source, feeds } = recurrentNetwork({ ...randomForm(seed), outputs: ["y"] }, seed);
      const network = await networkOf(source, tensorsOf(feeds(seed)), {});
      const { program } = network;
      const extremes = program.inputs.map((input, at) => {
        const { codeMin, codeMax, dims } = program.tensors[input];
        const signs = randomValues(
          dims.reduce((a, b) => a * b, 1),
          seed + at,
        );
        return Int8Array.from(signs, (sign) => (sign < 0 ? codeMin : codeMax));
      });
      const values = interpretProgram(program, extremes);
      const { hidden, cells } = recurrentOf(network);
      for (const index of cells === null ? [hidden] : [hidden, cells]) {
        const { codeMin, codeMax } = program.tensors[index];
        expect(values[index].every((state) => state >= codeMin && state <= codeMax)).toBe(true);
      }
    }
  });

  it("read sequences in ONNX's own order", async () => {
    const x = randomValues(15, 3);
    const dims = [5, 1, 3];
    const source = modelSource({
      nodes: [node("GRU", ["x", "W", "R"], ["", "h"], { hidden_size: 2, linear_before_reset: 1 }, "memory")],
      initializers: [randomTensor("W", [1, 6, 3], 1), randomTensor("R", [1, 6, 2], 2)],
      inputs: [value("x", [5, "batch", 3])],
      outputs: ["h"],
    });
    const network = await networkOf(source, { x: new Tensor("float32", x, dims) });
    const expected = await runModel(source.bytes, { x: new Tensor("float32", x, dims) });
    expect(sqnrDb(expected["h"], outputsOf(network, { x: { dims, data: x } })["h"])).toBeGreaterThan(30);
  });

  it("write no sequence that nothing reads", async () => {
    const { source, feeds } = recurrentNetwork({ ...randomForm(2), outputs: ["h"] }, 2);
    const network = await networkOf(source, tensorsOf(feeds(1)));
    expect(recurrentOf(network).sequence).toBeNull();
  });

  it.skipIf(!hasShared).each(["lstm", "gru"])(
    "take states that exporters build of shapes: semeion-%s",
    async (name) => {
      const source = sharedModel(`digits16/semeion-${name}.onnx`);
      const data = randomValues(256, 1).map((item) => (item > 0 ? 1 : 0));
      const feeds = { input: { dims: [1, 16, 16], data } };
      const network = await networkOf(source, tensorsOf(feeds));
      expect(recurrentOf(network).initialHidden).toEqual({ kind: "zero" });
      const expected = await runModel(source.bytes, tensorsOf(feeds));
      expect(sqnrDb(expected["logits"], outputsOf(network, feeds)["logits"])).toBeGreaterThan(25);
    },
  );
});

type InitialSteps = Recurrent["initialHidden"] | Recurrent["initialCell"];

const WEIGHTS = [
  randomTensor("W", [1, 8, 3], 1),
  randomTensor("R", [1, 8, 2], 2),
  randomTensor("B", [1, 16], 3),
  randomTensor("P", [1, 6], 4),
  floatTensor("zeros", [1, 6], new Float32Array(6)),
  floatTensor("far", [1, 1, 2], [0.5, -1.5]),
  int64Tensor("shape", [3], [1, 1, 2]),
];

function int32Tensor(name: string, item: number): TensorProto {
  return create(TensorProtoSchema, { name, dims: [1n], dataType: DataType.INT32, int32Data: [item] });
}

async function lstmNetwork(
  inputs: readonly string[],
  attributes: Parameters<typeof node>[3] = {},
  { before = [], steps = 5, batch = 1 }: { before?: readonly NodeProto[]; steps?: number; batch?: number } = {},
): Promise<Network> {
  const lstm = node("LSTM", ["x", "W", "R", "B", ...inputs], ["y"], { hidden_size: 2, ...attributes }, "memory");
  const source = modelSource({
    nodes: [...before, lstm],
    initializers: [...WEIGHTS, floatTensor("zero", [], [0]), int32Tensor("lengths", steps), int32Tensor("short", 1)],
    inputs: [value("x", [steps, batch, 3])],
    outputs: ["y"],
  });
  return networkOf(source, { x: new Tensor("float32", randomValues(steps * batch * 3, 1), [steps, batch, 3]) });
}

describe("LSTM and GRU take", () => {
  it.each<[string, string[], Parameters<typeof node>[3], NodeProto[]]>([
    ["lengths of the whole sequence", ["lengths"], {}, []],
    ["peepholes of zeros", ["", "", "", "zeros"], {}, []],
    ["states that are expanded from one constant", ["", "h"], {}, [node("Expand", ["zero", "shape"], ["h"])]],
    ["states of a shape", ["", "h"], {}, [node("ConstantOfShape", ["shape"], ["h"])]],
  ])("%s", async (_, inputs, attributes, before) => {
    expect(recurrentOf(await lstmNetwork(inputs, attributes, { before })).initialHidden).toEqual({ kind: "zero" });
  });
});

describe("LSTM and GRU refuse, by the node's name,", () => {
  it.each<[string, string[], Parameters<typeof node>[3], { steps?: number; batch?: number }, RegExp]>([
    ["peepholes", ["", "", "", "P"], {}, {}, /peepholes/],
    ["clipped sums", [], { clip: { float: 3 } }, {}, /clipped/],
    ["coupled gates", [], { input_forget: 1 }, {}, /coupled/],
    ["sequences that end before their input", ["short"], {}, {}, /shorter/],
    ["states beyond 1", ["", "far"], {}, {}, /begins at up to 1.5/],
    ["cells beyond 32 bits", [], {}, { steps: 32_768 }, /32768 steps/],
  ])("%s", async (_, inputs, attributes, options, problem) => {
    const refused = lstmNetwork(inputs, attributes, options);
    await expect(refused).rejects.toThrow(problem);
    await expect(refused).rejects.toMatchObject({ code: "operator-unsupported", place: { layer: "memory" } });
  });

  it("weights that stay float", async () => {
    const { source, feeds } = recurrentNetwork(randomForm(2), 2);
    const program = networkOf(source, tensorsOf(feeds(1)), { keep: ["memory.R"] });
    await expect(program).rejects.toMatchObject({ code: "operator-unsupported" });
  });

  it("more than one sequence at once, by the input's name", async () => {
    await expect(lstmNetwork([], {}, { batch: 2 })).rejects.toMatchObject({
      code: "tensor-shape",
      place: { field: "x" },
    });
  });
});
