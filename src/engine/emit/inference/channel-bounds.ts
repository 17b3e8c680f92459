/** Bounds of channels: their arrays and their call. */
import type { ChannelBounds } from "../../program/operations/channel-bounds";
import { channelBoundsKernel } from "./kernels/channel-bounds";
import type { LayerCode } from "./layers";

export function channelBoundsCode({ minima, maxima, outerCount, innerCount }: ChannelBounds): LayerCode {
  return {
    kernel: channelBoundsKernel,
    arrays: [
      { type: "int8_t", suffix: "_minima", values: Int8Array.from(minima) },
      { type: "int8_t", suffix: "_maxima", values: Int8Array.from(maxima) },
    ],
    structures: [],
    call: "bound_channels",
    before: ["_minima", "_maxima"],
    after: [outerCount, minima.length, innerCount].map(String),
  };
}
