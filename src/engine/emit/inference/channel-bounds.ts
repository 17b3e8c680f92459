/** Bounds of channels: their arrays and their call. */
import type { ChannelBounds } from "../../program/operations/channel-bounds";
import { channelBoundsKernel } from "./kernels/channel-bounds";
import type { LayerCode } from "./layers";

export function channelBoundsCode(
  { minima, maxima, outerCount, innerCount }: ChannelBounds,
  type: "int8" | "int16",
): LayerCode {
  const kernel = channelBoundsKernel(type);
  const stored = (bounds: Int16Array) => (type === "int8" ? Int8Array.from(bounds) : bounds);
  return {
    kernel,
    arrays: [
      { type: `${type}_t`, suffix: "_minima", values: stored(minima) },
      { type: `${type}_t`, suffix: "_maxima", values: stored(maxima) },
    ],
    structures: [],
    call: kernel.names[0],
    before: ["_minima", "_maxima"],
    after: [outerCount, minima.length, innerCount].map(String),
  };
}
