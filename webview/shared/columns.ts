/** Columns of a chart that stand for something: a click or the arrow keys select one, and a band marks it. */
import type { Chart } from "chart.js";
import { moved } from "./keys";
import { withAlpha, type Theme } from "./theme";

/** Bands of columns that are narrower are still seen. */
const NARROWEST_BAND = 3;

/**
 * Lets the user select columns.
 * @param at the selected column, -1 for none, and how many there are
 */
export function selectColumns(
  chart: Chart,
  at: () => { readonly selected: number; readonly columns: number },
  onSelect: (column: number) => void,
): void {
  const { canvas } = chart;
  canvas.tabIndex = 0;
  canvas.addEventListener("click", (event) => {
    const hit = chart.getElementsAtEventForMode(event, "index", { intersect: false }, true).at(0);
    if (hit !== undefined) onSelect(hit.index);
  });
  canvas.addEventListener("keydown", (event) => {
    const { selected, columns } = at();
    const next = columns === 0 ? undefined : moved(event.key, selected, columns - 1);
    if (next === undefined) return;
    event.preventDefault();
    onSelect(next);
  });
}

/** Marks a column; -1 is none. */
export function drawColumnBand(chart: Chart, column: number, theme: Theme): void {
  if (column < 0) return;
  const { ctx, chartArea } = chart;
  const { middle, width } = columnAt(chart, column);
  const shown = Math.max(width, NARROWEST_BAND);
  ctx.save();
  ctx.fillStyle = withAlpha(theme.focus, 0.22);
  ctx.fillRect(middle - shown / 2, chartArea.top, shown, chartArea.height);
  ctx.fillStyle = theme.focus;
  ctx.fillRect(middle - shown / 2, chartArea.bottom - 2, shown, 3);
  ctx.restore();
}

/** Middle and width of a column of the x axis, in pixels. */
export function columnAt(chart: Chart, index: number): { middle: number; width: number } {
  const { left, right } = chart.chartArea;
  const count = chart.data.labels?.length ?? 1;
  return { middle: chart.scales["x"].getPixelForValue(index), width: (right - left) / Math.max(1, count) };
}
