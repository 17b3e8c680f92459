/** Groups of weights in C: the words, macros and the function by which a weight finds its scale. */
import type { QuantizedWeights } from "../schemes/scheme";
import type { CFunction } from "./c-function";
import type { LayerNames } from "./layer-names";

type GroupKind = "tensor" | "channel" | "block";

/** A single group is always the tensor, and blocks of a whole channel are channels. */
export function groupKind({ scales, groupSize, perChannel }: QuantizedWeights): GroupKind {
  if (scales.length === 1) return "tensor";
  return groupSize === perChannel ? "channel" : "block";
}

/** What there is one of for each group, for comments. */
export function perGroupText(quantized: QuantizedWeights): string {
  const texts = {
    tensor: "one for all",
    channel: "one per output channel",
    block: `one per block of ${quantized.groupSize} weights`,
  };
  return texts[groupKind(quantized)];
}

export function groupMacros(quantized: QuantizedWeights, { macros }: LayerNames): [string, string][] {
  if (groupKind(quantized) !== "block") return [];
  const { perChannel, groupSize } = quantized;
  return [
    [macros.blockSize, String(groupSize)],
    [macros.channelBlocks, String(Math.ceil(perChannel / groupSize))],
  ];
}

/** The function from a weight to its block; none where groups are channels or the tensor. */
export function groupFunctions(quantized: QuantizedWeights, { functions, macros }: LayerNames): CFunction[] {
  if (groupKind(quantized) !== "block") return [];
  return [
    {
      result: "uint32_t",
      name: functions.group,
      parameters: "uint32_t channel, uint32_t index",
      body: [`return channel * ${macros.channelBlocks} + index / ${macros.blockSize};`],
    },
  ];
}

/** C expression of a weight's group, from `channel` and `index`; null for a single group. */
export function groupExpression(quantized: QuantizedWeights, { functions }: LayerNames): string | null {
  const expressions = { tensor: null, channel: "channel", block: `${functions.group}(channel, index)` };
  return expressions[groupKind(quantized)];
}
