/** Arrays and members that the structures of several kernels have. */
import type { ChannelRequantization } from "../../program/arithmetic/requantization";
import type { Convolution, ConvolutionGeometry } from "../../program/operations/convolution";
import type { PoolingGeometry } from "../../program/operations/pooling";
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

type ShapeKey = keyof (ConvolutionGeometry & PoolingGeometry);

/** What is said of the shape of a convolution or pooling, in the order of its structures. */
const SHAPE: readonly (readonly [key: ShapeKey, comment: string])[] = [
  ["inputHeight", "input height"],
  ["inputWidth", "input width"],
  ["inputChannels", "input channels"],
  ["channels", "channels"],
  ["outputHeight", "output height"],
  ["outputWidth", "output width"],
  ["outputChannels", "output channels"],
  ["groups", "groups"],
  ["kernelHeight", "kernel height"],
  ["kernelWidth", "kernel width"],
  ["strideHeight", "stride height"],
  ["strideWidth", "stride width"],
  ["dilationHeight", "dilation height"],
  ["dilationWidth", "dilation width"],
  ["padTop", "padding above"],
  ["padLeft", "padding to the left"],
];

/** Those parts of a shape that the geometry has. */
export function geometryMembers(geometry: Readonly<Partial<Record<ShapeKey, number | undefined>>>): Member[] {
  return SHAPE.flatMap(([key, comment]): Member[] => {
    const size = geometry[key];
    return size === undefined ? [] : [[comment, size]];
  });
}
