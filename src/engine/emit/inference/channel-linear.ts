/** Straight lines of channels: their arrays, structure and call. */
import type { ChannelLinear } from "../../program/operations/channel-linear";
import type { CodeType } from "../../program/program";
import { channelLinearKernel } from "./kernels/channel-linear";
import type { LayerCode } from "./layers";

export function channelLinearCode(operation: ChannelLinear, input: CodeType, output: CodeType): LayerCode {
  const { sumBits, positive, negative, offsets, outerCount, innerCount } = operation;
  const kernel = channelLinearKernel(input, output, sumBits, negative !== null);
  const [call, name] = kernel.names;
  return {
    kernel,
    arrays: [
      { type: "int32_t", suffix: "_positive", values: positive },
      ...(negative === null ? [] : [{ type: "int32_t", suffix: "_negative", values: negative } as const]),
      sumBits === 64
        ? { type: "int64_t", suffix: "_offsets", values: offsets }
        : { type: "int32_t", suffix: "_offsets", values: Int32Array.from(offsets) },
    ],
    structures: [
      {
        name,
        suffix: "_layer",
        members: [
          ["", "_positive"],
          ...(negative === null ? [] : [["", "_negative"] as const]),
          ["", "_offsets"],
          ["channels", positive.length],
          ["input offset", operation.inputOffset],
          ["shift", operation.shift],
          ["activation minimum", operation.activationMin],
          ["activation maximum", operation.activationMax],
        ],
      },
    ],
    call,
    before: ["&_layer"],
    after: [String(outerCount), String(innerCount)],
  };
}
