/** The weights of one layer before and after, in the same bins. */
import * as l10n from "@vscode/l10n";
import type { QuantizationGrid } from "../../src/protocol/diagnosis";
import type { LayerReport } from "../../src/protocol/report";
import { axisText, countText, figureText } from "../shared/format";
import { barOptions, createBarChart, type BarChart, type BarPlugin } from "./bar-chart";
import { chartFigure } from "../shared/chart-figure";
import { gridLines } from "./grid-lines";
import { gridSentence, histogramSentence } from "./sentences";
import { withAlpha, type Theme } from "../shared/theme";

export class HistogramChart {
  private readonly figure = chartFigure(l10n.t("Distribution of the weights"), "histogramChart");
  readonly element = this.figure.element;
  readonly canvas = this.figure.canvas;
  private readonly chart: BarChart;
  private layer: LayerReport | undefined;
  private grid: QuantizationGrid | null = null;
  private gridText = "";

  constructor(private theme: Theme) {
    this.chart = createBarChart(this.canvas, [this.gridPlugin()]);
  }

  show(layer: LayerReport): void {
    this.layer = layer;
    this.grid = null;
    this.gridText = "";
    this.canvas.setAttribute("aria-label", histogramSentence(layer));
    this.setLegend();
    this.draw();
  }

  /** Draws the levels of the codes over the histogram of the layer shown. */
  showGrid(grid: QuantizationGrid | null): void {
    this.grid = grid;
    this.chart.draw();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.draw();
  }

  private setLegend(): void {
    const quantized = (this.layer?.weights.histogram.quantizedCounts ?? null) !== null;
    this.figure.setLegend([
      { swatch: "quiet", text: l10n.t("before") },
      ...(quantized ? [{ swatch: "accent" as const, text: l10n.t("after") }] : []),
      ...(this.gridText === "" ? [] : [{ swatch: "contrast" as const, text: this.gridText }]),
    ]);
  }

  private gridPlugin(): BarPlugin {
    return {
      id: "grid",
      afterDatasetsDraw: (chart) => {
        if (this.grid === null || this.layer === undefined) return;
        const { ctx, chartArea } = chart;
        const { min, max } = this.layer.weights.histogram;
        const { positions, within } = gridLines(this.grid.levels, min, max, chartArea.width);
        ctx.save();
        ctx.strokeStyle = withAlpha(this.theme.contrast, 0.75);
        ctx.lineWidth = 1;
        ctx.beginPath();
        for (const position of positions) {
          ctx.moveTo(chartArea.left + position, chartArea.top);
          ctx.lineTo(chartArea.left + position, chartArea.bottom);
        }
        ctx.stroke();
        ctx.restore();
        this.describeGrid(gridSentence(this.grid, positions.length, within));
      },
    };
  }

  /** The number of lines depends on the width, so it is known when they are drawn. */
  private describeGrid(text: string): void {
    if (text === this.gridText) return;
    this.gridText = text;
    this.setLegend();
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
      x: l10n.t("weight"),
      y: l10n.t("weights a bin"),
      showLabels: true,
      title: (index) => `${edge(index)} … ${edge(index + 1)}`,
      lines: (index) => [
        l10n.t("before: {0}", countText(counts[index])),
        ...(quantizedCounts === null ? [] : [l10n.t("after: {0}", countText(quantizedCounts[index]))]),
      ],
    });
    this.chart.update("none");
  }
}
