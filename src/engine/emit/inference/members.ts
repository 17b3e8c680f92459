/** Arrays and members that the structures of several kernels have. */
import type { ChannelRequantization } from "../../program/arithmetic/requantization";
import type { Convolution, ConvolutionGeometry } from "../../program/operations/convolution";
import { shiftByte } from "./kernels/requantization";
import type { LayerArray, Member } from "./layers";

/** One for each output channel. */
export function channelRequantizations({
  bias,
  requantization,
}: Pick<Convolution, "bias" | "requantization">): ChannelRequantization[] {
  const only = requantization.length === 1;
  return Array.from(bias, (_, channel) => requantization[only ? 0 : channel]);
}

/** Multipliers and shifts. */
export function requantizationArrays(channels: readonly ChannelRequantization[]): LayerArray[] {
  return [
    { type: "int32_t", suffix: "_multipliers", values: Int32Array.from(channels, ({ multiplier }) => multiplier) },
    { type: "uint8_t", suffix: "_shifts", values: Uint8Array.from(channels, shiftByte) },
  ];
}

/** The shape of a convolution. */
export function geometryMembers(geometry: ConvolutionGeometry): Member[] {
  const g = geometry;
  return [
    ["input height", g.inputHeight],
    ["input width", g.inputWidth],
    ["input channels", g.inputChannels],
    ["output height", g.outputHeight],
    ["output width", g.outputWidth],
    ["output channels", g.outputChannels],
    ["groups", g.groups],
    ["kernel height", g.kernelHeight],
    ["kernel width", g.kernelWidth],
    ["stride height", g.strideHeight],
    ["stride width", g.strideWidth],
    ["dilation height", g.dilationHeight],
    ["dilation width", g.dilationWidth],
    ["padding above", g.padTop],
    ["padding to the left", g.padLeft],
  ];
}
