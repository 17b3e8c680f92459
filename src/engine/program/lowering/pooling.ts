/** Pooling operators. */
import type { NodeProto } from "onnx-buf";
import { intAttribute, intsAttribute } from "../../graph/attributes";
import { nameOrOutput } from "../../graph/names";
import { productScale } from "../arithmetic/float-product";
import { fitRequantization } from "../arithmetic/fit-requantization";
import { channelsLast } from "../layout";
import { averageCount, type CountedRequantization, type PoolingGeometry } from "../operations/pooling";
import { EXACT, type Agreement } from "../program";
import type { LoweredValue, LoweringContext } from "./context";
import { refuse } from "./refusal";
import { windowsOf, type Windows } from "./spatial";
import { overall, storedDims } from "./weighted-sums";

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
  const counts = new Set<number>();
  for (let y = 0; y < geometry.outputHeight; y++) {
    for (let x = 0; x < geometry.outputWidth; x++) counts.add(averageCount(shape, y, x));
  }
  const agreements: Agreement[] = [];
  const requantizations = [...counts]
    .sort((a, b) => a - b)
    .map((count): CountedRequantization => {
      const taps = geometry.kernelHeight * geometry.kernelWidth;
      const range = {
        accumulatorMin: taps * (input.codeMin - input.zeroPoint),
        accumulatorMax: taps * (input.codeMax - input.zeroPoint),
        codeMin: fused.activationMin - fused.parameters.zeroPoint,
        codeMax: fused.activationMax - fused.parameters.zeroPoint,
      };
      const scale = productScale(input.scale, 1, Math.fround(Math.fround(fused.parameters.scale) * count));
      const fitted = count === 0 ? null : fitRequantization(scale, range, context.rounding);
      if (fitted === null) throw refuse(node, "a position averages nothing, or the ratio of its scales is extreme");
      agreements.push(fitted.agreement);
      return { count, channel: fitted.channel };
    });
  context.operations.push({
    kind: "average-pooling",
    node: nameOrOutput(node),
    operator: fused.operator,
    inputs: [value.tensor],
    output: output.tensor,
    agreement:
      node.opType === "GlobalAveragePool" ? overall(agreements) : { checked: "none", difference: null, differing: 0 },
    ...shape,
    inputOffset: -input.zeroPoint,
    outputOffset: fused.parameters.zeroPoint,
    activationMin: fused.activationMin,
    activationMax: fused.activationMax,
    requantizations,
  });
}

function poolingInput(node: NodeProto, context: LoweringContext) {
  const given = context.value(node.input[0], node);
  const [batch, channels, ...spatial] = given.dims;
  if (batch !== 1) throw refuse(node, `its input is [${given.dims.join(", ")}]`);
  const kernel = node.opType.startsWith("Global") ? spatial : (intsAttribute(node, "kernel_shape") ?? []);
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
