/** Pooling operators. */
import type { NodeProto } from "onnx-buf";
import type { ActivationParameters } from "../../activations/parameters";
import { intAttribute, intsAttribute } from "../../graph/attributes";
import { nameOrOutput } from "../../graph/names";
import { productScale } from "../arithmetic/float-product";
import { fitRequantization, type ChannelRange } from "../arithmetic/fit-requantization";
import { nearestRequantizations } from "../arithmetic/nearest-requantization";
import { channelsLast } from "../layout";
import { averageCount, type CountedRequantization, type PoolingGeometry } from "../operations/pooling";
import { EXACT, UNCHECKED, type Agreement, type ProgramTensor } from "../program";
import { directionOf, type FusedOutput, type LoweredValue, type LoweringContext } from "./context";
import { integersOf } from "./integer-constants";
import { refuse } from "./refusal";
import { windowsOf, type Windows } from "./spatial";
import { overall } from "./sums";
import { storedDims } from "./weighted-sums";

export function lowerMaxPool(node: NodeProto, context: LoweringContext): void {
  const { value, windows, dims } = poolingInput(node, context);
  if (context.index.consumers(node.output[1] ?? "").length > 0) throw refuse(node, "its second output is used");
  const parameters = context.parametersOf(node.output[0], node);
  const output = context.define(node.output[0], dims, channelsLast(dims), storedDims(dims), parameters, node);
  const input = context.tensorOf(value);
  const made = context.tensorOf(output);
  if (input.scale !== made.scale || input.zeroPoint !== made.zeroPoint)
    throw refuse(node, "its input and output have other scales");
  context.operations.push({
    kind: "max-pooling",
    node: nameOrOutput(node),
    operator: node.opType,
    inputs: [value.tensor],
    output: output.tensor,
    agreement: EXACT,
    geometry: poolingGeometry(windows, dims[1]),
    lowest: input.codeMin,
  });
}

export function lowerAveragePool(node: NodeProto, context: LoweringContext): void {
  const { value, windows, dims } = poolingInput(node, context);
  const fused = context.fusedOutput(node);
  const output = context.define(fused.value, dims, channelsLast(dims), storedDims(dims), fused.parameters, node);
  const input = context.tensorOf(value);
  const geometry = poolingGeometry(windows, dims[1]);
  const [height, width] = windows;
  const shape = {
    geometry,
    countIncludePad: intAttribute(node, "count_include_pad", 0) === 1 && node.opType === "AveragePool",
    paddedHeight: height.input + height.padBegin + height.padEnd,
    paddedWidth: width.input + width.padBegin + width.padEnd,
  };
  const direction = directionOf(fused.parameters);
  const divides =
    fused.parameters.scale === input.scale && node.opType !== "GlobalAveragePool" && direction === "nearest";
  const fitted = fittedAverages(node, averageCounts(shape), input, fused, context);
  context.operations.push({
    kind: "average-pooling",
    node: nameOrOutput(node),
    operator: fused.operator,
    inputs: [value.tensor],
    output: output.tensor,
    agreement:
      node.opType === "GlobalAveragePool" || direction === "up"
        ? overall(fitted.map(({ agreement }) => agreement))
        : divisionAgreement(shape),
    ...shape,
    inputOffset: -input.zeroPoint,
    outputOffset: fused.parameters.zeroPoint,
    activationMin: fused.activationMin,
    activationMax: fused.activationMax,
    requantizations: divides ? null : fitted.map(({ count, channel }) => ({ count, channel })),
  });
}

/** Sums of averages have 32 bits. */
const INT32_MAX = 2 ** 31 - 1;

type AveragedShape = Parameters<typeof averageCount>[0];

/** The mean over all spatial axes, which is an average over one window. */
export function lowerReduceMean(node: NodeProto, context: LoweringContext): void {
  const { dims } = context.value(node.input[0], node);
  const given = integersOf(node.input[1] ?? "", context) ?? intsAttribute(node, "axes");
  const axes = given?.map((axis) => (axis < 0 ? axis + dims.length : axis)).sort((a, b) => a - b);
  const spatial = dims.map((_, axis) => axis).slice(2);
  if (dims.length < 3 || axes?.join() !== spatial.join())
    throw refuse(node, "only means over all spatial axes are supported");
  lowerAveragePool(node, context);
  if (intAttribute(node, "keepdims", 1) === 1) return;
  const [output] = node.output;
  context.alias(output, { ...context.value(output, node), dims: dims.slice(0, 2) });
}

/** The divisors that occur, ascending. */
function averageCounts(shape: AveragedShape): number[] {
  const { outputHeight, outputWidth } = shape.geometry;
  const counts = new Set<number>();
  for (let y = 0; y < outputHeight; y++) {
    for (let x = 0; x < outputWidth; x++) counts.add(averageCount(shape, y, x));
  }
  return [...counts].sort((a, b) => a - b);
}

/** Largest odd divisor for which the errors of a float32 sum stay away from the middle between two codes. */
const SAFE_DIVISOR = 179;

/** ONNX Runtime adds dequantized values in float32, whose errors decide where an average falls on a half. */
function divisionAgreement(shape: AveragedShape): Agreement {
  const safe = averageCounts(shape).every((count) => count % 2 === 1 && count <= SAFE_DIVISOR);
  return safe
    ? { checked: "accumulators", difference: 0, differing: 0 }
    : { checked: "none", difference: 1, differing: 0 };
}

function fittedAverages(
  node: NodeProto,
  counts: readonly number[],
  input: ProgramTensor,
  { parameters, activationMin, activationMax }: FusedOutput,
  { rounding }: LoweringContext,
): (CountedRequantization & { readonly agreement: Agreement })[] {
  return counts.map((count) => {
    const range = {
      accumulatorMin: count * (input.codeMin - input.zeroPoint),
      accumulatorMax: count * (input.codeMax - input.zeroPoint),
      codeMin: activationMin - parameters.zeroPoint,
      codeMax: activationMax - parameters.zeroPoint,
    };
    const scale = productScale(input.scale, 1, Math.fround(Math.fround(parameters.scale) * count));
    const isCompared = input.type === "int8" && directionOf(parameters) === "nearest";
    const fit = isCompared ? fitRequantization(scale, range, rounding) : plainAverage(scale, range, parameters);
    const fitted = count === 0 ? null : fit;
    if (fitted === null) throw refuse(node, "a position averages nothing, or the ratio of its scales is extreme");
    return { count, ...fitted };
  });
}

function plainAverage(
  scale: number,
  { accumulatorMin, accumulatorMax }: ChannelRange,
  parameters: ActivationParameters,
) {
  const largest = Math.max(-accumulatorMin, accumulatorMax);
  const fitted = largest > INT32_MAX ? null : nearestRequantizations([scale], [largest], directionOf(parameters), 32);
  return fitted && { channel: fitted[0], agreement: UNCHECKED };
}

function poolingInput(node: NodeProto, context: LoweringContext) {
  const given = context.value(node.input[0], node);
  const [batch, channels, ...spatial] = given.dims;
  if (batch !== 1) throw refuse(node, `its input is [${given.dims.join(", ")}]`);
  const whole = node.opType.startsWith("Global") || node.opType === "ReduceMean";
  const kernel = whole ? spatial : (intsAttribute(node, "kernel_shape") ?? []);
  const windows = windowsOf(node, spatial, kernel);
  const outputs = spatial.length === 1 ? [windows[1].output] : [windows[0].output, windows[1].output];
  const value: LoweredValue = context.arranged(given, channelsLast(given.dims), storedDims(given.dims), node);
  return { value, windows, dims: [1, channels, ...outputs] };
}

function poolingGeometry([height, width]: Windows, channels: number): PoolingGeometry {
  return {
    inputHeight: height.input,
    inputWidth: width.input,
    channels,
    outputHeight: height.output,
    outputWidth: width.output,
    kernelHeight: height.kernel,
    kernelWidth: width.kernel,
    strideHeight: height.stride,
    strideWidth: width.stride,
    dilationHeight: height.dilation,
    dilationWidth: width.dilation,
    padTop: height.padBegin,
    padLeft: width.padBegin,
  };
}
