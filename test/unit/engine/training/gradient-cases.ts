/** Small graphs in which every operator with a gradient occurs, in all forms that its rule tells apart. */
import { create } from "@bufbuild/protobuf";
import { TensorProto_DataType, TensorProtoSchema, type NodeProto, type TensorProto } from "onnx-buf";
import {
  floatTensor,
  int64Tensor,
  node,
  randomTensor,
  randomValues,
  value,
  type AttributeValue,
  type ModelParts,
} from "../onnx/model-builder";
import type { GradientCheck } from "./finite-differences";

export interface GradientCase {
  readonly name: string;
  readonly parts: ModelParts;
  readonly check: GradientCheck;
}

type Attributes = Readonly<Record<string, AttributeValue>>;
type Dims = readonly number[];

function graph(
  name: string,
  nodes: readonly NodeProto[],
  initializers: readonly TensorProto[],
  check: GradientCheck = {},
  domains: Readonly<Record<string, number>> = {},
): GradientCase {
  return { name, parts: { nodes, initializers, inputs: [], opset: 21, domains }, check };
}

/** Operators that read floats, such as what to pad with, which have no gradient. */
const ONLY_FIRST: ReadonlySet<string> = new Set(["Pad"]);

/** One node; all of its float inputs are differentiated. */
function one(name: string, opType: string, inputs: readonly TensorProto[], attributes: Attributes = {}): GradientCase {
  const names = inputs.map((tensor) => tensor.name);
  const title = `${opType}${name === "" ? "" : `, ${name}`}`;
  return graph(
    title,
    [node(opType, names, ["y"], attributes)],
    inputs,
    ONLY_FIRST.has(opType) ? { by: [names[0]] } : {},
  );
}

function random(...shapes: readonly Dims[]): TensorProto[] {
  return shapes.map((dims, index) => randomTensor(`input${index}`, dims, 10 + index));
}

/** Values that are all at least 0.2 apart and 0.1 away from any multiple of 0.2, in an order without order. */
function spaced(name: string, dims: Dims, centre = 0): TensorProto {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const order = Array.from(randomValues(count, 77).entries()).sort(([, a], [, b]) => a - b);
  const values = new Float32Array(count);
  order.forEach(([position], rank) => (values[position] = centre + 0.2 * (rank - Math.floor(count / 2)) + 0.1));
  return floatTensor(name, dims, values);
}

/** Values between 0.5 and 1.5. */
function positive(name: string, dims: Dims): TensorProto {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return floatTensor(
    name,
    dims,
    randomValues(count, 5).map((value) => 1 + value / 2),
  );
}

const functionCases = [
  ...["Erf", "Exp", "HardSwish", "Neg", "Sigmoid", "Softplus", "Tanh"].map((operator) =>
    one("", operator, random([3, 5])),
  ),
  ...["Log", "Reciprocal", "Sqrt"].map((operator) => one("", operator, [positive("x", [3, 5])])),
  ...["Abs", "HardSwish", "LeakyRelu", "Relu"].map((operator) => one("pieces", operator, [spaced("x", [6, 10])])),
  one("its own slope", "LeakyRelu", [spaced("x", [3, 4])], { alpha: 0.3 }),
  one("its own line", "HardSigmoid", [spaced("x", [5, 8])], { alpha: 0.31, beta: 0.45 }),
  one("slopes of channels", "PRelu", [spaced("x", [2, 3, 4]), randomTensor("slope", [3, 1], 2)]),
  one("one slope", "PRelu", [spaced("x", [2, 6]), randomTensor("slope", [1], 2)]),
  ...[-1, 1].flatMap((axis) =>
    ["Softmax", "LogSoftmax"].map((operator) => one(`axis ${axis}`, operator, random([2, 3, 4]), { axis })),
  ),
  graph("Pow", [node("Pow", ["x", "p"], ["y"])], [positive("x", [3, 4]), floatTensor("p", [], [2.5])], { by: ["x"] }),
];

const clips = [
  one("learned bounds", "Clip", [
    spaced("x", [4, 5]),
    floatTensor("low", [], [-0.63]),
    floatTensor("high", [], [0.97]),
  ]),
  graph(
    "Clip, one bound",
    [node("Clip", ["x", "", "high"], ["y"])],
    [spaced("x", [4, 5]), floatTensor("high", [], [0.6])],
  ),
];

const arithmetic = [
  ...["Add", "Div", "Mul", "Sub"].flatMap((operator) =>
    [
      { name: "same shape", other: [2, 3] },
      { name: "a column", other: [2, 1] },
      { name: "a list", other: [3] },
      { name: "a scalar", other: [] },
      { name: "one element", other: [1, 1] },
    ].map(({ name, other }) => one(name, operator, [randomTensor("a", [2, 3], 1), positive("b", other)])),
  ),
  one("a channel", "Add", random([2, 3, 4], [3, 1])),
  one("both broadcast", "Mul", random([2, 1, 4], [1, 3, 1])),
  one("of three", "Sum", random([2, 3], [3], [])),
  ...["Max", "Min"].map((operator) =>
    one("of two", operator, [spaced("a", [4, 5]), floatTensor("b", [5], [-0.6, 0.4, 1, 0.2, -1])]),
  ),
  graph(
    "values of computed shapes that broadcast",
    [
      node("Relu", ["x"], ["computed"]),
      node("ReduceMean", ["computed", "axes"], ["means"]),
      node("Sub", ["computed", "means"], ["centred"]),
      node("ReduceMax", ["computed", "axes"], ["flat"], { keepdims: 0 }),
      node("Reshape", ["flat", "shape"], ["column"]),
      node("Mul", ["column", "centred"], ["y"]),
    ],
    [positive("x", [2, 3, 4]), int64Tensor("axes", [1], [2]), int64Tensor("shape", [3], [-1, 3, 1])],
  ),
  graph(
    "Where",
    [node("Greater", ["x", "limit"], ["condition"]), node("Where", ["condition", "x", "other"], ["y"])],
    [spaced("x", [3, 4]), floatTensor("limit", [], [0.4]), randomTensor("other", [4], 3)],
    { by: ["x", "other"] },
  ),
];

const matrices = [
  ...[0, 1].flatMap((transA) =>
    [0, 1].map((transB) =>
      one(
        `transA ${transA}, transB ${transB}`,
        "Gemm",
        random(transA === 1 ? [4, 3] : [3, 4], transB === 1 ? [5, 4] : [4, 5], transB === 1 ? [3, 1] : [5]),
        { transA, transB, alpha: { float: 0.7 }, beta: { float: transA === 1 ? 1.3 : 1 } },
      ),
    ),
  ),
  one("without C", "Gemm", random([3, 4], [4, 5])),
  one("matrices", "MatMul", random([3, 4], [4, 5])),
  one("a matrix for a batch", "MatMul", random([2, 3, 4], [4, 5])),
  one("batches that broadcast", "MatMul", random([2, 1, 3, 4], [3, 4, 2])),
  one("a matrix and a vector", "MatMul", random([3, 4], [4])),
  one("batches and a vector", "MatMul", random([2, 3, 4], [4])),
  graph(
    "MatMul by transposed weights",
    [node("Transpose", ["w"], ["turned"], { perm: [1, 0] }), node("MatMul", ["x", "turned"], ["y"])],
    [randomTensor("x", [2, 3, 4], 1), randomTensor("w", [5, 4], 2)],
  ),
];

interface ConvolutionPlan {
  readonly x: Dims;
  readonly w: Dims;
  readonly bias?: boolean;
  readonly attributes?: Attributes;
}

const convolutionPlans: Readonly<Record<string, ConvolutionPlan>> = {
  plain: { x: [2, 3, 5, 6], w: [4, 3, 3, 2], bias: true },
  pads: { x: [2, 3, 4, 4], w: [2, 3, 3, 3], attributes: { pads: [1, 0, 2, 1] } },
  strides: { x: [2, 3, 6, 7], w: [2, 3, 3, 2], attributes: { strides: [2, 3], pads: [1, 1, 0, 1] } },
  "strides that leave rows over": { x: [1, 2, 8, 8], w: [2, 2, 3, 3], attributes: { strides: [4, 2] } },
  dilations: { x: [2, 2, 7, 6], w: [3, 2, 2, 3], attributes: { dilations: [3, 2], pads: [1, 1, 1, 1] } },
  "strides and dilations": { x: [1, 2, 9, 8], w: [2, 2, 2, 3], attributes: { strides: [2, 2], dilations: [3, 2] } },
  groups: { x: [2, 4, 4, 5], w: [6, 2, 3, 2], bias: true, attributes: { group: 2, pads: [1, 0, 1, 0] } },
  depthwise: { x: [2, 3, 5, 5], w: [3, 1, 3, 3], bias: true, attributes: { group: 3, pads: [1, 1, 1, 1] } },
  "depthwise, strides": {
    x: [2, 3, 6, 6],
    w: [3, 1, 3, 3],
    attributes: { group: 3, strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  "depthwise, strides and dilations": {
    x: [2, 2, 7, 9],
    w: [2, 1, 3, 2],
    attributes: { group: 2, strides: [2, 3], dilations: [2, 1], pads: [1, 0, 2, 1] },
  },
  "depthwise, rows of the kernel that lie in the padding alone": {
    x: [2, 2, 1, 5],
    w: [2, 1, 7, 3],
    attributes: { group: 2, strides: [2, 2], pads: [3, 1, 3, 1] },
  },
  "depthwise, strides and a multiplier": {
    x: [2, 2, 5, 4],
    w: [4, 1, 3, 3],
    attributes: { group: 2, strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  "depthwise with a multiplier": { x: [2, 2, 4, 4], w: [6, 1, 3, 3], attributes: { group: 2, strides: [1, 2] } },
  "many channels": { x: [2, 6, 4, 5], w: [3, 6, 2, 3], attributes: { pads: [1, 0, 0, 2] } },
  "many channels, strides and dilations": {
    x: [2, 6, 7, 8],
    w: [2, 6, 3, 2],
    attributes: { strides: [2, 3], dilations: [1, 4], pads: [1, 0, 2, 1] },
  },
  "one position": { x: [2, 3, 4, 4], w: [2, 3, 1, 1], attributes: { strides: [2, 2] } },
  "groups of many channels": { x: [1, 6, 4, 4], w: [4, 3, 2, 2], attributes: { group: 2, strides: [2, 1] } },
  "a large kernel on few channels": {
    x: [2, 1, 9, 7],
    w: [2, 1, 4, 3],
    attributes: { strides: [2, 1], dilations: [1, 2], pads: [1, 2, 2, 1] },
  },
  "3-D": { x: [2, 2, 4, 3, 4], w: [3, 2, 2, 2, 3], bias: true, attributes: { pads: [0, 1, 1, 1, 0, 1] } },
  "3-D, strides": {
    x: [1, 2, 5, 4, 4],
    w: [2, 2, 2, 3, 2],
    attributes: { strides: [2, 1, 2], pads: [0, 1, 0, 1, 1, 0] },
  },
  "1-D": { x: [2, 3, 9], w: [4, 3, 3], bias: true, attributes: { strides: [2], pads: [1, 2], dilations: [2] } },
  "1-D depthwise": { x: [2, 3, 8], w: [3, 1, 4], attributes: { group: 3 } },
  "auto_pad SAME_UPPER": { x: [2, 2, 5, 4], w: [3, 2, 2, 3], attributes: { auto_pad: "SAME_UPPER" } },
  "auto_pad SAME_LOWER": { x: [2, 2, 5, 4], w: [3, 2, 2, 3], attributes: { auto_pad: "SAME_LOWER" } },
  "auto_pad SAME_UPPER with strides": {
    x: [2, 2, 5, 4],
    w: [3, 2, 4, 3],
    attributes: { auto_pad: "SAME_UPPER", strides: [2, 3] },
  },
  "auto_pad SAME_LOWER with strides": {
    x: [2, 2, 6, 5],
    w: [3, 2, 3, 3],
    attributes: { auto_pad: "SAME_LOWER", strides: [2, 2], dilations: [1, 2] },
  },
  "auto_pad VALID": { x: [2, 2, 5, 4], w: [3, 2, 2, 3], attributes: { auto_pad: "VALID" } },
};

const transposedPlans: Readonly<Record<string, ConvolutionPlan>> = {
  plain: { x: [2, 3, 3, 4], w: [3, 2, 3, 2], bias: true },
  "strides and pads": { x: [2, 3, 3, 4], w: [3, 2, 3, 3], attributes: { strides: [2, 3], pads: [1, 0, 1, 1] } },
  "output padding": { x: [1, 2, 3, 3], w: [2, 2, 3, 3], attributes: { strides: [2, 2], output_padding: [1, 1] } },
  groups: { x: [2, 4, 3, 3], w: [4, 3, 2, 2], bias: true, attributes: { group: 2, strides: [2, 2] } },
  depthwise: { x: [2, 3, 3, 3], w: [3, 1, 3, 3], attributes: { group: 3, dilations: [2, 1] } },
  "depthwise, strides and output padding": {
    x: [2, 2, 3, 4],
    w: [2, 1, 3, 2],
    attributes: { group: 2, strides: [2, 3], pads: [1, 0, 1, 1], output_padding: [1, 2] },
  },
  "1-D": { x: [2, 3, 5], w: [3, 2, 4], bias: true, attributes: { strides: [2], pads: [1, 1] } },
};

const convolution = (operator: string, plans: typeof convolutionPlans) =>
  Object.entries(plans).map(([name, { x, w, bias, attributes }]) => {
    const group = typeof attributes?.["group"] === "number" ? attributes["group"] : 1;
    const channels = operator === "Conv" ? w[0] : w[1] * group;
    return one(name, operator, random(x, w, ...(bias === true ? [[channels]] : [])), attributes);
  });

const pools = [
  ...[
    ["overlapping", [2, 2, 6, 5], { kernel_shape: [3, 2], strides: [2, 1] }],
    ["apart, rows left over", [2, 2, 6, 7], { kernel_shape: [2, 2], strides: [3, 3] }],
    ["padded", [2, 2, 4, 4], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }],
    ["1-D", [2, 2, 8], { kernel_shape: [3], strides: [2], pads: [1, 1] }],
    ["dilated", [2, 2, 7, 6], { kernel_shape: [2, 3], strides: [2, 1], dilations: [3, 2] }],
    ["auto_pad", [2, 2, 5, 5], { kernel_shape: [2, 2], strides: [2, 2], auto_pad: "SAME_UPPER" }],
  ].flatMap(([name, dims, attributes]) =>
    ["MaxPool", "AveragePool"].map((operator) =>
      one(name as string, operator, [spaced("x", dims as Dims)], attributes as Attributes),
    ),
  ),
  one("ceil_mode", "MaxPool", [spaced("x", [1, 2, 5, 5])], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }),
  ...[
    { kernel_shape: [2, 2], strides: [2, 2] },
    { kernel_shape: [3, 2], strides: [2, 3], pads: [1, 0, 1, 1] },
    { kernel_shape: [3, 3], strides: [1, 1] },
  ].map((attributes, i) => one(`ceil_mode ${i}`, "AveragePool", random([2, 2, 5, 6]), { ...attributes, ceil_mode: 1 })),
  one("padding counts", "AveragePool", random([2, 2, 4, 4]), {
    kernel_shape: [3, 3],
    pads: [1, 1, 1, 1],
    count_include_pad: 1,
  }),
  one("padding counts, auto_pad", "AveragePool", random([2, 2, 5, 4]), {
    kernel_shape: [3, 3],
    strides: [2, 2],
    auto_pad: "SAME_LOWER",
    count_include_pad: 1,
  }),
  one("auto_pad without strides", "AveragePool", random([1, 2, 4, 3]), {
    kernel_shape: [2, 2],
    auto_pad: "SAME_UPPER",
  }),
  one("", "GlobalAveragePool", random([2, 3, 4, 2])),
  one("", "GlobalMaxPool", [spaced("x", [2, 3, 4, 2])]),
];

const reductions = ["ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin"].flatMap((operator) => [
  one("kept axes", operator, [spaced("x", [2, 3, 4]), int64Tensor("axes", [2], [0, -1])]),
  one("dropped axes", operator, [spaced("x", [2, 3, 4]), int64Tensor("axes", [1], [1])], { keepdims: 0 }),
  one("everything", operator, [spaced("x", [2, 3, 4])], { keepdims: 0 }),
]);

const channelParameters = [
  randomTensor("scale", [3], 2),
  randomTensor("bias", [3], 3),
  randomTensor("mean", [3], 4),
  positive("variance", [3]),
];

const normalizations = [
  one("images", "BatchNormalization", [randomTensor("x", [2, 3, 4, 2], 1), ...channelParameters], { epsilon: 0.01 }),
  one("vectors", "BatchNormalization", [randomTensor("x", [4, 3], 1), ...channelParameters]),
  graph(
    "BatchNormalization by the batch's statistics",
    [node("BatchNormalization", ["x", ...channelParameters.map(({ name }) => name)], ["y"])],
    [randomTensor("x", [3, 3, 2, 2], 41), ...channelParameters],
    { by: ["x", "scale", "bias"], batchStatistics: true, step: 0.03 },
  ),
];

const movements = [
  one("", "Identity", random([2, 3])),
  one("", "Flatten", random([2, 3, 4])),
  one("", "Reshape", [...random([2, 3, 4]), int64Tensor("shape", [2], [4, -1])]),
  one("", "Squeeze", [...random([2, 1, 4]), int64Tensor("axes", [1], [1])]),
  one("", "Unsqueeze", [...random([2, 4]), int64Tensor("axes", [2], [0, 2])]),
  one("", "Transpose", random([2, 3, 4]), { perm: [1, 2, 0] }),
  one("reversed", "Transpose", random([2, 3, 4])),
  one("", "Concat", random([2, 3], [2, 1], [2, 2]), { axis: 1 }),
  one("last axis", "Concat", random([2, 3], [2, 1]), { axis: -1 }),
  graph(
    "Split",
    [node("Split", ["x", "sizes"], ["a", "unused", "c"], { axis: 1 }), node("Sub", ["a", "c"], ["y"])],
    [randomTensor("x", [2, 6], 1), int64Tensor("sizes", [3], [2, 2, 2])],
  ),
  one("steps and negative bounds", "Slice", [
    ...random([4, 7]),
    int64Tensor("starts", [2], [-1, 1]),
    int64Tensor("ends", [2], [-9, 7]),
    int64Tensor("axes", [2], [0, 1]),
    int64Tensor("steps", [2], [-2, 3]),
  ]),
  one("zeros", "Pad", [...random([2, 3]), int64Tensor("pads", [4], [1, 0, 2, 1])]),
  one("some axes, cropped", "Pad", [
    ...random([2, 5]),
    int64Tensor("pads", [2], [-1, 2]),
    floatTensor("value", [], [0.5]),
    int64Tensor("axes", [1], [1]),
  ]),
  ...["reflect", "edge"].map((mode) =>
    one(mode, "Pad", [...random([3, 4]), int64Tensor("pads", [4], [1, 2, 2, 1])], { mode }),
  ),
  one("repeated rows", "Gather", [...random([4, 3]), int64Tensor("indices", [2, 2], [3, 0, 3, -2])]),
  one("columns", "Gather", [...random([4, 3]), int64Tensor("indices", [2], [2, 0])], { axis: 1 }),
  one("", "Expand", [...random([3, 1]), int64Tensor("shape", [3], [2, 3, 4])]),
  one("", "Tile", [...random([2, 3]), int64Tensor("repeats", [2], [2, 2])]),
  one("to float", "Cast", random([2, 3]), { to: 1 }),
];

/** Rounding by one node, against nothing in its place. */
const roundings = ["Ceil", "Floor", "Round", "Sign"].map((operator) =>
  graph(`${operator} passes gradients straight through`, [node(operator, ["x"], ["y"])], [spaced("x", [3, 4])], {
    reference: {
      nodes: [node("Identity", ["x"], ["y"])],
      inputs: [value("x", [3, 4])],
    },
  }),
);

interface QuantizerPlan {
  readonly scales: readonly number[];
  /** Near one end of int8, so that the range of values ends close to zero on one side. */
  readonly zeroPoint: number;
  readonly domain?: string;
}

/**
 * QuantizeLinear and DequantizeLinear, against clip(x/s + r)·s, where r is the rounding error that the values have, which stays. No value is
 * rounded to the last code, where that has a kink.
 */
function quantizer(name: string, { scales, zeroPoint, domain = "" }: QuantizerPlan): GradientCase {
  const dims = [2, 3, 4];
  const x = spaced("x", dims);
  const isList = scales.length > 1;
  const scaleDims = isList ? [scales.length] : [];
  const scale = floatTensor("scale", scaleDims, scales);
  const zero = create(TensorProtoSchema, {
    name: "zero",
    dims: scaleDims.map(BigInt),
    dataType: TensorProto_DataType.INT8,
    int32Data: scales.map(() => zeroPoint),
  });
  const values = new Float32Array(x.rawData.buffer);
  const errors = values.map((item, i) => {
    const ratio = item / scales[isList ? Math.floor(i / 4) % 3 : 0];
    return Math.round(ratio) - ratio;
  });
  const bounds = [-128 - zeroPoint, 127 - zeroPoint];
  const axis = isList ? { axis: -2 } : {};
  const nodes = [
    node("QuantizeLinear", ["x", "scale", "zero"], ["codes"], axis, "", domain),
    node("DequantizeLinear", ["codes", "scale", "zero"], ["y"], axis, "", domain),
  ];
  const reference = {
    nodes: [
      node("Reshape", ["scale", "column"], ["scales"]),
      node("Div", ["x", "scales"], ["ratios"]),
      node("Add", ["ratios", "errors"], ["rounded"]),
      node("Clip", ["rounded", "low", "high"], ["clipped"]),
      node("Mul", ["clipped", "scales"], ["y"]),
    ],
    initializers: [
      floatTensor("errors", dims, errors),
      int64Tensor("column", [2], [-1, 1]),
      ...["low", "high"].map((bound, index) => floatTensor(bound, [], [bounds[index]])),
    ],
    inputs: [value("x", dims), value("scale", scaleDims)],
  };
  return graph(name, nodes, [x, scale, zero], { step: 0.004, reference }, { [domain]: domain === "" ? 21 : 1 });
}

const quantizers = [
  quantizer("QuantizeLinear and DequantizeLinear, values above the range", { scales: [0.14], zeroPoint: 120 }),
  quantizer("QuantizeLinear and DequantizeLinear, values below the range", { scales: [0.15], zeroPoint: -120 }),
  quantizer("a scale a channel", { scales: [0.139, 0.14, 0.141], zeroPoint: 120 }),
  quantizer("ONNX Runtime's own operators", { scales: [0.14], zeroPoint: 120, domain: "com.microsoft" }),
];

export const GRADIENT_CASES: readonly GradientCase[] = [
  ...arithmetic,
  ...functionCases,
  ...clips,
  ...matrices,
  ...convolution("Conv", convolutionPlans),
  ...convolution("ConvTranspose", transposedPlans),
  ...pools,
  ...reductions,
  ...normalizations,
  ...movements,
  ...roundings,
  ...quantizers,
];
