/** Comparisons and suggestions as text for terminals. */
import type { Suggestion } from "../engine/compare/suggest";
import type { ComparedCell, Comparison, ComparisonPoint } from "../protocol/comparison";
import { shownName } from "../protocol/errors";
import { formatTable } from "./table";

/** What `compare` prints: decibels of every cell, then what each candidate would cost as the only one. */
export function formatComparison(comparison: Comparison): string {
  const labels = comparison.candidates.map(({ label }) => label);
  const grid = formatTable(
    ["SQNR in dB", ...labels],
    comparison.layers.map(({ name, cells }) => [shownName(name), ...cells.map(decibels)]),
    1,
  );
  const totals = formatTable(
    ["all layers alike", "bytes", "SQNR dB", "best for its size"],
    comparison.uniform.map((point) => [
      point.label,
      point.bytes.toLocaleString("en"),
      level(point),
      point.pareto ? "yes" : "",
    ]),
    1,
  );
  return `${grid}\n\n${totals}\n\n${WEIGHTS_ONLY}\n`;
}

/** What `suggest` prints. */
export function formatSuggestion(comparison: Comparison, { choice, bytes, lowestSqnrDb }: Suggestion): string {
  const rows = comparison.layers.flatMap(({ name, cells }) => {
    const candidate = choice.get(name);
    if (candidate === undefined) return [];
    const cell = cells[candidate];
    return [[shownName(name), comparison.candidates[candidate].label, decibels(cell), cell.bytes.toLocaleString("en")]];
  });
  const table = formatTable(["layer", "scheme", "SQNR dB", "bytes"], rows, 2);
  const lowest = lowestSqnrDb === null ? "exact" : `lowest SQNR ${lowestSqnrDb.toFixed(1)} dB`;
  return `${table}\n\n${bytes.toLocaleString("en")} bytes of flash, ${lowest}. ${WEIGHTS_ONLY}\n`;
}

const WEIGHTS_ONLY = "Weights only: what activations lose is not measured.";

function decibels({ sqnrDb, exact }: ComparedCell): string {
  return exact ? "exact" : (sqnrDb?.toFixed(1) ?? "");
}

function level({ sqnrDb }: ComparisonPoint): string {
  return sqnrDb === null ? "exact" : sqnrDb.toFixed(1);
}
