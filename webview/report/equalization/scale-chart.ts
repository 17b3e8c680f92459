/** The scale of every channel of one layer. */
import * as l10n from "@vscode/l10n";
import type { ChannelFigures } from "../../../src/protocol/transforms";
import { chartFigure } from "../../shared/chart-figure";
import { momentText } from "../../shared/format";
import type { Theme } from "../../shared/theme";
import { barOptions, createBarChart, type BarChart } from "../bar-chart";
import { channelEntries, channelText } from "./figures";
import { scalesSentence } from "./sentences";

export class ScaleChart {
  readonly title = l10n.t("Scale of every channel");
  private readonly figure = chartFigure(this.title, "channelScales");
  readonly element = this.figure.element;
  readonly canvas = this.figure.canvas;
  private readonly chart: BarChart;
  private figures: ChannelFigures | undefined;

  constructor(private theme: Theme) {
    this.chart = createBarChart(this.canvas);
  }

  show(figures: ChannelFigures): void {
    this.figures = figures;
    this.canvas.setAttribute("aria-label", scalesSentence(figures));
    this.draw();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.draw();
  }

  private draw(): void {
    if (this.figures === undefined) return;
    const entries = channelEntries(this.figures);
    this.chart.data = {
      labels: entries.map(({ first }) => String(first)),
      datasets: [
        {
          data: entries.map(({ scale }) => scale),
          backgroundColor: this.theme.contrast,
          categoryPercentage: 1,
          barPercentage: 0.8,
          maxBarThickness: 28,
        },
      ],
    };
    this.chart.options = barOptions(this.theme, {
      x: l10n.t("output channel"),
      y: "S",
      showLabels: true,
      title: (column) => l10n.t("Channel {0}", channelText(entries[column])),
      lines: (column) => [l10n.t("multiplied by {0}", momentText(entries[column].scale))],
    });
    this.chart.update("none");
  }
}
