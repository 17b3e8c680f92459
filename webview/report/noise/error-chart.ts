/** The errors of one layer's output, weights and activations quantized together. */
import * as l10n from "@vscode/l10n";
import type { LayerReport } from "../../../src/protocol/report";
import { chartFigure } from "../../shared/chart-figure";
import { axisText, countText, figureText } from "../../shared/format";
import type { Theme } from "../../shared/theme";
import { barOptions, createBarChart, type BarChart } from "../bar-chart";
import { errorSentence } from "./sentences";

export class ErrorChart {
  private readonly figure = chartFigure(l10n.t("Errors of the output"), "errorsChart");
  readonly element = this.figure.element;
  readonly canvas = this.figure.canvas;
  private readonly chart: BarChart;
  private layer: LayerReport | undefined;

  constructor(private theme: Theme) {
    this.chart = createBarChart(this.canvas);
  }

  show(layer: LayerReport): void {
    this.layer = layer;
    this.canvas.setAttribute("aria-label", errorSentence(layer));
    this.draw();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.draw();
  }

  private draw(): void {
    const { min, max, counts } = this.layer?.noise?.errors ?? { min: 0, max: 0, counts: [] };
    const width = (max - min) / Math.max(1, counts.length);
    const position = axisText(min, max);
    const edge = (index: number): string => figureText(Number((min + index * width).toPrecision(6)));
    this.chart.data = {
      labels: counts.map((_, index) => position(min + (index + 0.5) * width)),
      datasets: [{ data: [...counts], backgroundColor: this.theme.accent, categoryPercentage: 1, barPercentage: 0.9 }],
    };
    this.chart.options = barOptions(this.theme, {
      x: l10n.t("quantized less float"),
      y: l10n.t("outputs a bin"),
      showLabels: true,
      title: (index) => `${edge(index)} … ${edge(index + 1)}`,
      lines: (index) => [countText(counts[index])],
    });
    this.chart.update("none");
  }
}
