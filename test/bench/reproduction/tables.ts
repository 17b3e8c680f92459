/** Tables in Markdown, of means over seeds. */
import type { Figures } from "./cells";

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map((_, i) => (i === 0 ? "---" : "---:")).join("|")}|`, ...rows.map(line), ""].join(
    "\n",
  );
}

/** Mean ± standard deviation over seeds; – where there is nothing yet. */
export function meanAndDeviation(runs: readonly Figures[], figure: string, digits: number): string {
  const values = runs.flatMap((run) => (figure in run ? [run[figure]] : []));
  if (values.length === 0) return "–";
  const spread = deviation(values);
  return `${mean(values).toFixed(digits)}${values.length > 1 ? ` ± ${spread.toFixed(digits)}` : ""}`;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of a sample: divided by n − 1. */
function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / Math.max(values.length - 1, 1));
}

/** Of the mean. */
export function standardError(values: readonly number[]): number {
  return deviation(values) / Math.sqrt(values.length);
}

export function meanOf(runs: readonly Figures[], figure: string): number {
  return mean(runs.map((run) => run[figure]));
}

/** Whether a limit is met, in words; – where there is nothing to judge. */
export function verdict(value: number, limit: number): string {
  return Number.isNaN(value) ? "–" : value <= limit ? "met" : "not met";
}
