/** Two reports, figure by figure: what was before, what is after, and which is better. Plain data. */
import type { DefinitionId } from "./definitions";
import { bytesText, countText, decibelText, figureText, percentText, signedText } from "./format";

/** `exact` is a ratio without noise; null where a report has no such figure. */
export type Figure = number | "exact" | null;

export type Unit = "bytes" | "decibels" | "share" | "nats" | "count";

/** `same` where what is shown does not differ. */
export type Verdict = "better" | "worse" | "same";

export interface Change {
  readonly before: Figure;
  readonly after: Figure;
  /** After less before; null where either is no number. */
  readonly difference: number | null;
  /** Null where there is nothing to compare. */
  readonly verdict: Verdict | null;
}

/** Of the whole model. */
export interface TotalDifference extends Change {
  readonly definition: DefinitionId;
  readonly label: string;
  readonly unit: Unit;
}

export interface LayerDifference {
  readonly name: string;
  readonly op: string;
  /** What applied, in few words; null where the report has no such layer. */
  readonly before: string | null;
  readonly after: string | null;
  readonly sqnr: Change;
  readonly bytes: Change;
  /** Isolated, weights and activations. */
  readonly both: Change;
  /** Sensitivity, in nats. */
  readonly kl: Change;
}

export interface ComparedReport {
  readonly model: string;
  readonly sha256: string;
  /** What applied to its layers, in few words. */
  readonly scheme: string;
  /** Of Bitwright. */
  readonly version: string;
}

export interface ReportDifference {
  readonly before: ComparedReport;
  readonly after: ComparedReport;
  /** What to know before the figures are read side by side: one sentence each. */
  readonly cautions: readonly string[];
  readonly totals: readonly TotalDifference[];
  /** In the order of the later report; those that only the earlier one has come last. */
  readonly layers: readonly LayerDifference[];
}

/** Empty where there is no figure. */
export function figureOf(figure: Figure, unit: Unit): string {
  if (figure === null) return "";
  if (figure === "exact") return "exact";
  switch (unit) {
    case "bytes":
      return bytesText(figure);
    case "decibels":
      return decibelText(figure);
    case "share":
      return percentText(figure);
    case "nats":
      return figureText(figure);
    case "count":
      return countText(figure);
  }
}

/** The difference with its sign, `=` where nothing shown differs, empty where there is nothing to compare. */
export function differenceText({ difference, verdict, before, after }: Change, unit: Unit): string {
  if (verdict === null) return "";
  if (verdict === "same") return "=";
  if (difference === null) return `${figureOf(before, unit)} → ${figureOf(after, unit)}`;
  return signedText(difference, figureOf(Math.abs(difference), unit));
}

/** What a table sorts changes by: infinite where noise came or went altogether; null where there is nothing to compare. */
export function differenceSize({ difference, verdict, after }: Change): number | null {
  if (difference !== null || verdict === null) return difference;
  return verdict === "same" ? 0 : after === "exact" ? Infinity : -Infinity;
}

/** Says which is better without colour. */
export const VERDICT_MARKS: Readonly<Record<Verdict, string>> = { better: "✓", worse: "✗", same: "" };

/** Mark and difference, for a cell of a table. */
export function changeText(change: Change, unit: Unit): string {
  const mark = change.verdict === null ? "" : VERDICT_MARKS[change.verdict];
  return `${mark} ${differenceText(change, unit)}`.trim();
}
