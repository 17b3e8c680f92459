/** What all charts of the report have in common: bars of chart.js, of which only the used parts are registered. */
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  LinearScale,
  Tooltip,
  type ChartConfiguration,
  type ChartOptions,
  type Plugin,
} from "chart.js";
import { axisStyle, tooltipStyle } from "../shared/chart-options";
import type { Theme } from "../shared/theme";

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

export type Bar = number | [number, number] | null;
export type BarChart = Chart<"bar", Bar[], string>;
export type BarPlugin = Plugin<"bar">;

/** An empty chart; its owner sets data and options. */
export function createBarChart(canvas: HTMLCanvasElement, plugins: BarPlugin[] = []): BarChart {
  const configuration: ChartConfiguration<"bar", Bar[], string> = {
    type: "bar",
    data: { labels: [], datasets: [] },
    options: { animation: false, responsive: true, maintainAspectRatio: false },
    plugins,
  };
  return new Chart(canvas, configuration);
}

export interface Axes {
  readonly x: string;
  readonly y: string;
  /** Labels of the x axis, or none where there are too many to read. */
  readonly showLabels: boolean;
  /** Labels are names, too long to stand side by side. */
  readonly slanted?: boolean;
  readonly yMax?: number;
  readonly title: (index: number) => string;
  readonly lines: (index: number) => string[];
}

/** Options in the colours of the theme. A tooltip belongs to a whole column, so that thin bars are easy to hit. */
export function barOptions(theme: Theme, axes: Axes): ChartOptions<"bar"> {
  const x = axisStyle(theme, axes.x);
  const y = axisStyle(theme, axes.y);
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    layout: { padding: { top: 4, right: 4 } },
    interaction: { mode: "index", intersect: false },
    scales: {
      x: {
        ...x,
        grid: { display: false },
        ticks: {
          display: axes.showLabels,
          color: x.ticks.color,
          font: x.ticks.font,
          maxRotation: axes.slanted === true ? 40 : 0,
          autoSkip: true,
          autoSkipPadding: axes.slanted === true ? 2 : 12,
        },
      },
      y: {
        ...y,
        border: { display: false },
        ...(axes.yMax === undefined ? {} : { suggestedMax: axes.yMax }),
      },
    },
    plugins: {
      tooltip: {
        ...tooltipStyle(theme),
        filter: (item) => item.datasetIndex === 0,
        callbacks: {
          title: (items) => items.slice(0, 1).map((item) => axes.title(item.dataIndex)),
          label: (item) => axes.lines(item.dataIndex),
        },
      },
    },
  };
}
