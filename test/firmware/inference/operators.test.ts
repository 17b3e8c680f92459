/** Every operator by itself behind a convolution: C on the host and on emulated cores, the interpreter, and ONNX Runtime. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { TensorProto_DataType as DataType, type NodeProto, type TensorProto } from "onnx-buf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { elementCount } from "../../../src/engine/onnx/tensor";
import { inputCodes } from "../../../src/engine/program/samples";
import {
  floatTensor,
  int64Tensor,
  modelSource,
  node,
  randomTensor,
  randomValues,
  value,
  type AttributeValue,
} from "../../unit/engine/onnx/model-builder";
import { interpret, networkOf, Reference } from "../../unit/engine/program/networks";
import { hasToolchain } from "../toolchain";
import { boardLines, BOARDS, emissionOf, expectedLines, hostLines, programFiles, writePrograms } from "./programs";

interface Operator {
  readonly name: string;
  /** From `c`, the output of the convolution, to `y`. */
  readonly nodes: readonly NodeProto[];
  readonly initializers?: readonly TensorProto[];
  /** Of the model's input; four channels. */
  readonly dims?: readonly number[];
  readonly opset?: number;
  /** Of the output where it is not float. */
  readonly outputType?: DataType;
  /** Codes that may lie beside ONNX Runtime's; 0 where left out. */
  readonly within?: number;
}

const MAP = [1, 4, 6, 6];

type Attributes = Readonly<Record<string, AttributeValue>>;

/** An operator of `c` and constants. */
function one(opType: string, constants: readonly TensorProto[] = [], attributes: Attributes = {}): Operator {
  const inputs = ["c", ...constants.map(({ name }) => name)];
  return { name: opType, nodes: [node(opType, inputs, ["y"], attributes, "tested")], initializers: constants };
}

function named(name: string, operator: Operator, changes: Partial<Operator> = {}): Operator {
  return { ...operator, ...changes, name };
}

function conv(kernel: readonly number[], inputs: number, attributes: Attributes): Operator {
  return one("Conv", [randomTensor("k", [4, inputs, ...kernel], 5)], { kernel_shape: kernel, ...attributes });
}

/** An operator of `c` and of another convolution of the same input. */
function two(opType: string, attributes: Attributes = {}): Operator {
  return {
    name: opType,
    nodes: [node("Conv", ["x", "v"], ["d"], { kernel_shape: [1, 1] }), node(opType, ["c", "d"], ["y"], attributes)],
    initializers: [randomTensor("v", [4, 4, 1, 1], 6)],
  };
}

const integers = (name: string, values: readonly number[]) => int64Tensor(name, [values.length], values);
const window = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
const matrix = [1, 4];

const OPERATORS: readonly Operator[] = [
  named("Conv, one axis", conv([3], 4, { pads: [2, 0], dilations: [2] }), { dims: [1, 4, 9] }),
  named("Conv, pads on one side", conv([3, 2], 4, { pads: [2, 0, 0, 1], strides: [2, 1] })),
  named("Conv, groups", conv([2, 2], 2, { group: 2, auto_pad: "SAME_UPPER" })),
  named("Conv, depthwise", conv([3, 3], 1, { group: 4 })),
  named("Conv, dilated", conv([2, 3], 4, { dilations: [3, 2], pads: [0, 2, 0, 2] })),
  one("ConvTranspose", [randomTensor("k", [4, 3, 3, 3], 5)], {
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    output_padding: [1, 1],
  }),
  named(
    "ConvTranspose, groups",
    one("ConvTranspose", [randomTensor("k", [4, 2, 2, 2], 5)], { group: 2, strides: [2, 1] }),
  ),
  named("Gemm", one("Gemm", [randomTensor("k", [7, 4], 5), randomTensor("b", [7], 6)], { transB: 1 }), {
    dims: matrix,
  }),
  named("MatMul", one("MatMul", [randomTensor("k", [6, 5], 5)])),
  two("Add"),
  two("Sub"),
  two("Mul"),
  two("Concat", { axis: 1 }),
  { name: "Split", nodes: [node("Split", ["c", "s"], ["z", "y"], { axis: 1 })], initializers: [integers("s", [1, 3])] },
  one("Slice", [integers("b", [1]), integers("e", [6]), integers("a", [3]), integers("t", [2])]),
  named("Slice, to the end before opset 10", one("Slice", [], { starts: [2], ends: [2 ** 62], axes: [3] }), {
    opset: 9,
  }),
  one("Pad", [integers("p", [0, 0, 1, 2, 0, 0, 0, 1])], { mode: "constant" }),
  one("MaxPool", [], window),
  named("AveragePool, padding not counted", one("AveragePool", [], window), { within: 1 }),
  named("AveragePool, padding counted", one("AveragePool", [], { ...window, count_include_pad: 1 }), { within: 1 }),
  one("GlobalAveragePool"),
  one("GlobalMaxPool"),
  one("ReduceMean", [], { axes: [2, 3], keepdims: 0 }),
  one("Relu"),
  named("Relu6", one("Clip", [floatTensor("l", [], [0]), floatTensor("h", [], [6])])),
  one("Clip", [floatTensor("l", [], [-0.25]), floatTensor("h", [], [0.5])]),
  one("LeakyRelu", [], { alpha: 0.1 }),
  one("PRelu", [floatTensor("s", [4, 1, 1], [0.5, -0.25, 0.1, 1.5])]),
  one("Sigmoid"),
  one("Tanh"),
  one("HardSigmoid", [], { alpha: 0.3, beta: 0.4 }),
  one("HardSwish"),
  one("Exp"),
  named("Softmax", one("Softmax", [], { axis: -1 }), { within: 1 }),
  one("Flatten"),
  one("Reshape", [integers("n", [1, 2, 2, -1])]),
  {
    name: "Reshape, to a shape computed of a part of another",
    nodes: [
      node("Shape", ["c"], ["s"], { start: 0, end: -2 }),
      node("Concat", ["s", "r"], ["n"], { axis: 0 }),
      node("Reshape", ["c", "n"], ["y"]),
    ],
    initializers: [integers("r", [-1])],
  },
  {
    name: "Reshape, to a shape computed before opset 10",
    opset: 9,
    nodes: [
      node("Shape", ["c"], ["s"]),
      node("Slice", ["s"], ["p"], { starts: [1], ends: [2], axes: [0] }),
      node("Concat", ["r", "p"], ["n"], { axis: 0 }),
      node("Reshape", ["c", "n"], ["y"]),
    ],
    initializers: [integers("r", [-1])],
  },
  one("Transpose", [], { perm: [0, 2, 3, 1] }),
  named("Squeeze", one("Squeeze", [integers("a", [2, 3])]), { dims: [1, 4, 1, 1] }),
  named("Unsqueeze", one("Unsqueeze", [integers("a", [2])]), { dims: matrix }),
  one("Resize", [floatTensor("r", [0], []), floatTensor("s", [4], [1, 1, 2, 3])], {
    mode: "nearest",
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: "floor",
  }),
  one(
    "BatchNormalization",
    [
      [2, -1, 0.5, 1],
      [0.1, 0.2, 0, -0.3],
      [0, 0.5, -0.5, 0.25],
      [1, 2, 0.5, 4],
    ].map((values, index) => floatTensor(`n${index}`, [4], values)),
  ),
  named("Add, a constant of each element", one("Add", [randomTensor("a", [1, 4, 6, 6], 7)])),
  named("Mul, constants along two axes of three", one("Mul", [randomTensor("a", [4, 9], 7)]), { dims: [1, 4, 9] }),
  named("ArgMax", one("ArgMax", [], { axis: 3, keepdims: 1 }), { outputType: DataType.INT64 }),
];

async function networkCase(operator: Operator, index: number) {
  const { nodes, initializers = [], dims = MAP, opset = 17, outputType } = operator;
  const kernel = dims.slice(2).map(() => 1);
  const isMatrix = kernel.length === 0;
  const before = isMatrix
    ? node("MatMul", ["x", "w"], ["c"], {}, "before")
    : node("Conv", ["x", "w"], ["c"], { kernel_shape: kernel }, "before");
  const source = modelSource({
    opset,
    nodes: [before, ...nodes],
    initializers: [randomTensor("w", [4, 4, ...kernel], 1), ...initializers],
    inputs: [value("x", dims)],
    outputs: [value("y", undefined, outputType)],
  });
  const sample = (seed: number) => randomValues(elementCount(dims), seed);
  const network = await networkOf(source, { x: new Tensor("float32", sample(1), dims) });
  const samples = [1, 2, 3].map(sample);
  const { program } = network;
  const label = `operator${index}`;
  const runs = samples.map((values) => [inputCodes(program.tensors[program.inputs[0]], values)]);
  return { network, samples, label, emission: emissionOf(label, source, program), runs };
}

describe.each(OPERATORS)("$name", (operator) => {
  it("computes what ONNX Runtime computes", async () => {
    const { network, samples } = await networkCase(operator, 0);
    const reference = await Reference.of(network);
    for (const sample of samples) {
      const [own] = interpret(network, [sample]);
      const [theirs] = await reference.run([sample]);
      const worst = theirs.reduce((most, code, i) => Math.max(most, Math.abs(code - own[i])), 0);
      expect(worst).toBeLessThanOrEqual(operator.within ?? 0);
    }
    await reference.release();
  });
});

describe.skipIf(!hasToolchain())("operators in C", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitwright-operators-"));
  const program = programFiles("operators");

  beforeAll(async () => {
    for (const [index, operator] of OPERATORS.entries()) program.cases.push(await networkCase(operator, index));
    writePrograms([program], folder);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("compute on the host what the interpreter computes, sanitized", async () => {
    expect(await hostLines(program, folder)).toEqual(expectedLines(program));
  });

  it.each(BOARDS)("compute on %s (%s) what the interpreter computes", async (...board) => {
    expect((await boardLines(program, board, folder)).lines).toEqual(expectedLines(program));
  });
});
