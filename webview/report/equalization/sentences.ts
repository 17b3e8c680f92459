/** What the pictures of an equalized layer say, in words. */
import type { BiasCorrections, ChannelFigures, Transforms } from "../../../src/protocol/transforms";
import { countText, momentText, nameText, percentText } from "../../shared/format";
import { medianShare, type RangeKind } from "./figures";

export const RANGE_TITLES: Readonly<Record<RangeKind, string>> = {
  weights: "Weights of the layer",
  activations: "Activations of the layer",
  next: "Weights that read it",
};

export function rangesSentence(kind: RangeKind, { layer, before, after, channels }: ChannelFigures): string {
  const [old, now] = [before, after].map((ranges) => `${Math.round(medianShare(ranges[kind]))} %`);
  return `${RANGE_TITLES[kind]}, ${countText(channels)} channels of ${nameText(layer)}: a middle channel takes ${old} of the widest one's range before and ${now} after.`;
}

export function scalesSentence({ layer, scales }: ChannelFigures): string {
  return `Scales of the channels of ${nameText(layer)}: ${scalesText(scales)}.`;
}

/** `1 to 7.24`. */
export function scalesText(scales: readonly number[]): string {
  const [least, most] = [Math.min(...scales), Math.max(...scales)].map(momentText);
  return least === most ? least : `${least} to ${most}`;
}

/** What was done to the channels of a layer, or why nothing was; empty where the transforms say nothing of it. */
export function treatmentSentence(name: string, transforms: Transforms): string {
  const { equalization, deadChannels, figures } = transforms;
  const found = figures.find(({ layer }) => layer === name);
  const left = equalization?.left.find(({ layer }) => layer === name);
  const dead = deadChannels.layers.find(({ layer }) => layer === name)?.zeroed.length ?? 0;
  const parts: string[] = [];
  if (left !== undefined) {
    parts.push(`Not equalized: ${left.reason}`);
  } else if (found !== undefined && equalization !== null) {
    const readers = found.consumers.map(nameText);
    const divided = readers.length === 0 ? "" : `, and what reads it in ${listText(readers)} divided by the same`;
    parts.push(`${equalization.options.method}: output channels multiplied by ${scalesText(found.scales)}${divided}.`);
  }
  if (dead > 0) parts.push(`${countText(dead)} channels never change on the data: their kernels are zero now.`);
  return parts.join(" ");
}

/** What became of a layer's bias; empty where the correction says nothing of it. */
export function biasSentence(name: string, { method, layers, left }: BiasCorrections): string {
  const layer = layers.find((item) => item.layer === name);
  const reason = left.find((item) => item.layer === name)?.reason;
  if (reason !== undefined) return `Bias not corrected: ${reason}`;
  if (layer === undefined) return "";
  const { kept, errorBefore, errorAfter } = layer;
  if (!kept) return `Bias as it was: ${method} correction would not have lowered the error.`;
  return `Bias corrected (${method}): the squared error after the activation is ${percentText(errorAfter / errorBefore)} of what it was.`;
}

/** At most three, and how many more. */
function listText(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
