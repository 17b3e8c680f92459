/** The weights of one layer before and after, in the same bins. */
import type { LayerReport } from "../../src/protocol/report";
import { axisText, countText, figureText } from "../shared/format";
import { barOptions, createBarChart, type BarChart } from "./bar-chart";
import { chartFigure } from "../shared/chart-figure";
import { histogramSentence } from "./sentences";
import { withAlpha, type Theme } from "../shared/theme";

export class HistogramChart {
  private readonly figure = chartFigure("Distribution of the weights");
  readonly element = this.figure.element;
  readonly canvas = this.figure.canvas;
  private readonly chart: BarChart;
  private layer: LayerReport | undefined;

  constructor(private theme: Theme) {
    this.chart = createBarChart(this.canvas);
  }

  show(layer: LayerReport): void {
    this.layer = layer;
    this.canvas.setAttribute("aria-label", histogramSentence(layer));
    const before = { swatch: "quiet" as const, text: "before" };
    const after = { swatch: "accent" as const, text: "after" };
    this.figure.setLegend(layer.weights.histogram.quantizedCounts === null ? [before] : [before, after]);
    this.draw();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.draw();
  }

  private draw(): void {
    if (this.layer === undefined) return;
    const { theme } = this;
    const { min, max, counts, quantizedCounts } = this.layer.weights.histogram;
    const width = (max - min) / counts.length;
    const position = axisText(min, max);
    const edge = (index: number): string => figureText(Number((min + index * width).toPrecision(6)));
    this.chart.data = {
      labels: counts.map((_, index) => position(min + (index + 0.5) * width)),
      datasets: [
        {
          data: counts,
          backgroundColor: withAlpha(theme.quiet, 0.55),
          grouped: false,
          categoryPercentage: 1,
          barPercentage: 1,
          order: 2,
        },
        {
          data: quantizedCounts ?? [],
          backgroundColor: theme.accent,
          grouped: false,
          categoryPercentage: 1,
          barPercentage: 0.45,
          order: 1,
        },
      ],
    };
    this.chart.options = barOptions(theme, {
      x: "weight",
      y: "weights a bin",
      showLabels: true,
      title: (index) => `${edge(index)} … ${edge(index + 1)}`,
      lines: (index) => [
        `before: ${countText(counts[index])}`,
        ...(quantizedCounts === null ? [] : [`after: ${countText(quantizedCounts[index])}`]),
      ],
    });
    this.chart.update("none");
  }
}
