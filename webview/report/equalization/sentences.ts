/** What the pictures of an equalized layer say, in words. */
import * as l10n from "@vscode/l10n";
import type { BiasCorrections, ChannelFigures, Transforms } from "../../../src/protocol/transforms";
import { countText, momentText, nameText, percentText } from "../../shared/format";
import { medianShare, type RangeKind } from "./figures";

export const RANGE_TITLES: Readonly<Record<RangeKind, string>> = {
  weights: l10n.t("Weights of the layer"),
  activations: l10n.t("Activations of the layer"),
  next: l10n.t("Weights that read it"),
};

export function rangesSentence(kind: RangeKind, { layer, before, after, channels }: ChannelFigures): string {
  const [old, now] = [before, after].map((ranges) => `${Math.round(medianShare(ranges[kind]))} %`);
  return l10n.t(
    "{0}, {1} channels of {2}: a middle channel takes {3} of the widest one's range before and {4} after.",
    RANGE_TITLES[kind],
    countText(channels),
    nameText(layer),
    old,
    now,
  );
}

export function scalesSentence({ layer, scales }: ChannelFigures): string {
  return l10n.t("Scales of the channels of {0}: {1}.", nameText(layer), scalesText(scales));
}

/** `1 to 7.24`. */
export function scalesText(scales: readonly number[]): string {
  const [least, most] = [Math.min(...scales), Math.max(...scales)].map(momentText);
  return least === most ? least : l10n.t("{0} to {1}", least, most);
}

/** What was done to the channels of a layer, or why nothing was; empty where the transforms say nothing of it. */
export function treatmentSentence(name: string, transforms: Transforms): string {
  const { equalization, deadChannels, figures } = transforms;
  const found = figures.find(({ layer }) => layer === name);
  const left = equalization?.left.find(({ layer }) => layer === name);
  const dead = deadChannels.layers.find(({ layer }) => layer === name)?.zeroed.length ?? 0;
  const parts: string[] = [];
  if (left !== undefined) {
    parts.push(l10n.t("Not equalized: {0}", left.reason));
  } else if (found !== undefined && equalization !== null) {
    const readers = found.consumers.map(nameText);
    const multiplied = [equalization.options.method, scalesText(found.scales)];
    parts.push(
      readers.length === 0
        ? l10n.t("{0}: output channels multiplied by {1}.", ...multiplied)
        : l10n.t(
            "{0}: output channels multiplied by {1}, and what reads it in {2} divided by the same.",
            ...multiplied,
            listText(readers),
          ),
    );
  }
  if (dead === 1) parts.push(l10n.t("1 channel never changes on the data: its kernels are zero now."));
  if (dead > 1)
    parts.push(l10n.t("{0} channels never change on the data: their kernels are zero now.", countText(dead)));
  return parts.join(" ");
}

/** What became of a layer's bias; empty where the correction says nothing of it. */
export function biasSentence(name: string, { method, layers, left }: BiasCorrections): string {
  const layer = layers.find((item) => item.layer === name);
  const reason = left.find((item) => item.layer === name)?.reason;
  if (reason !== undefined) return l10n.t("Bias not corrected: {0}", reason);
  if (layer === undefined) return "";
  const { kept, errorBefore, errorAfter } = layer;
  if (!kept) return l10n.t("Bias as it was: {0} correction would not have lowered the error.", method);
  return l10n.t(
    "Bias corrected ({0}): the squared error after the activation is {1} of what it was.",
    method,
    percentText(errorAfter / errorBefore),
  );
}

/** At most three, and how many more. */
function listText(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? l10n.t("{0} and {1} more", shown, names.length - 3) : shown;
}
