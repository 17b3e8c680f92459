/** The rule of each operator of the default domain. */
import type { NodeProto } from "onnx-buf";
import { RUNTIME_DOMAIN } from "../../graph/edit";
import { isDefaultDomain } from "../../onnx/model";
import { clip, hardSigmoid, hardSwish, leakyRelu, pRelu, relu } from "./activations";
import { add, div, extreme, mul, pow, sub, where } from "./arithmetic";
import { conv, convTranspose } from "./convolution";
import { abs, erf, exp, log, neg, reciprocal, sigmoid, softplus, sqrt, tanh } from "./functions";
import { gemm, matMul } from "./matrix";
import { cast, concat, expand, identity, pad, reshape, selection, split, transpose } from "./movement";
import { batchNormalization } from "./normalization";
import { averagePool, maxPool } from "./pooling";
import { mean, reduceExtreme, reduceSum } from "./reductions";
import { dequantizeLinear, quantizeLinear, straightThrough } from "./rounding";
import type { GradientRule } from "./rule";
import { logSoftmax, softmax } from "./softmax";

const TABLE: Readonly<Record<string, GradientRule>> = {
  Abs: abs,
  Add: add,
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  Cast: cast,
  Ceil: straightThrough,
  Clip: clip,
  Concat: concat,
  Conv: conv,
  ConvTranspose: convTranspose,
  DequantizeLinear: dequantizeLinear,
  Div: div,
  Erf: erf,
  Exp: exp,
  Expand: expand,
  Flatten: reshape,
  Floor: straightThrough,
  Gather: selection,
  Gemm: gemm,
  GlobalAveragePool: mean,
  GlobalMaxPool: reduceExtreme,
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
  Identity: identity,
  LeakyRelu: leakyRelu,
  Log: log,
  LogSoftmax: logSoftmax,
  MatMul: matMul,
  Max: extreme,
  MaxPool: maxPool,
  Min: extreme,
  Mul: mul,
  Neg: neg,
  PRelu: pRelu,
  Pad: pad,
  Pow: pow,
  QuantizeLinear: quantizeLinear,
  Reciprocal: reciprocal,
  ReduceMax: reduceExtreme,
  ReduceMean: mean,
  ReduceMin: reduceExtreme,
  ReduceSum: reduceSum,
  Relu: relu,
  Reshape: reshape,
  Round: straightThrough,
  Sigmoid: sigmoid,
  Sign: straightThrough,
  Slice: selection,
  Softmax: softmax,
  Softplus: softplus,
  Split: split,
  Sqrt: sqrt,
  Squeeze: reshape,
  Sub: sub,
  Sum: add,
  Tanh: tanh,
  Tile: selection,
  Transpose: transpose,
  Unsqueeze: reshape,
  Where: where,
};

const RULES: ReadonlyMap<string, GradientRule> = new Map(Object.entries(TABLE));

/** Operators that ONNX Runtime has in its own domain too, where they take more types. */
const ALSO_OF_RUNTIME: readonly string[] = ["QuantizeLinear", "DequantizeLinear"];

export const DIFFERENTIABLE: readonly string[] = [...RULES.keys()];

/** The rule for a node; undefined where its operator has none. */
export function gradientRule({ domain, opType }: NodeProto): GradientRule | undefined {
  const known = isDefaultDomain(domain) || (domain === RUNTIME_DOMAIN && ALSO_OF_RUNTIME.includes(opType));
  return known ? RULES.get(opType) : undefined;
}
