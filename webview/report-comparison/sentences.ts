/** Two reports in words. */
import * as l10n from "@vscode/l10n";
import type { ComparedReport, LayerDifference, ReportDifference, Verdict } from "../../src/protocol/report-difference";
import { countText, decibelText, nameText } from "../shared/format";

/** How many layers are better, worse and the same. */
export function verdictSentence({ layers }: ReportDifference): string {
  const count = (verdict: Verdict): string => countText(layers.filter(({ sqnr }) => sqnr.verdict === verdict).length);
  return l10n.t(
    "Layers whose SQNR is better: {0}, worse: {1}, the same: {2}.",
    count("better"),
    count("worse"),
    count("same"),
  );
}

/** Where a report is from, and what applied in it. */
export function sideText(name: string, { model, scheme, sha256 }: ComparedReport): string {
  return `${nameText(model)} · ${nameText(scheme)} · ${name} · ${nameText(sha256.slice(0, 8))}`;
}

/** Name of the chart for a screen reader. */
export function chartSentence(layers: readonly LayerDifference[]): string {
  const measured = layers.flatMap(({ name, sqnr: { difference } }) =>
    difference === null ? [] : [{ name, difference }],
  );
  const head = l10n.t(
    "Bar chart of the SQNR of {0} layers, before and after. The table below has all numbers.",
    countText(layers.length),
  );
  if (measured.length === 0) return head;
  const worst = measured.reduce((a, b) => (b.difference < a.difference ? b : a));
  const best = measured.reduce((a, b) => (b.difference > a.difference ? b : a));
  return `${head} ${l10n.t(
    "Changes from {0} at {1} to {2} at {3}.",
    decibelText(worst.difference),
    nameText(worst.name),
    decibelText(best.difference),
    nameText(best.name),
  )}`;
}
