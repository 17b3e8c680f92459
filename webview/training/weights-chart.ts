/**
 * How the weights of one layer lie while they are trained: they settle on the levels of their codes, or on the means of a
 * mixture, whose density is drawn over them. Köksal et al. (2001), Fig. 2.
 */
import * as l10n from "@vscode/l10n";
import type { Chart } from "chart.js";
import type { TrainingHistogram } from "../../src/protocol/training";
import { barOptions, createBarChart, type BarChart, type BarPlugin } from "../report/bar-chart";
import { gridLines } from "../report/grid-lines";
import { chartFigure, type LegendEntry } from "../shared/chart-figure";
import { axisText, countText, figureText, nameText } from "../shared/format";
import { withAlpha, type Theme } from "../shared/theme";
import { mixtureCounts } from "./mixture-counts";
import { weightsSentence } from "./sentences";

/** Pixels between points of the density. */
const DENSITY_STEP = 2;

export class WeightsChart {
  private readonly figure = chartFigure(l10n.t("Weights"));
  readonly element = this.figure.element;
  private readonly canvas = this.figure.canvas;
  private readonly chart: BarChart;
  private histogram: TrainingHistogram | null = null;

  constructor(private theme: Theme) {
    this.chart = createBarChart(this.canvas, [this.lines()]);
  }

  /** @param layer the name of the layer whose histogram is awaited, or shown */
  show(layer: string, histogram: TrainingHistogram | null): void {
    this.histogram = histogram?.layer === layer ? histogram : null;
    this.figure.setTitle(l10n.t("Weights of {0}", nameText(layer)));
    this.canvas.setAttribute(
      "aria-label",
      this.histogram === null
        ? l10n.t("Weights of {0}: not known yet", nameText(layer))
        : weightsSentence(this.histogram),
    );
    this.figure.setLegend(this.legend());
    this.draw();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.draw();
  }

  private legend(): LegendEntry[] {
    const { histogram } = this;
    const text = histogram === null ? null : linesText(histogram);
    return [
      { swatch: "quiet", text: l10n.t("float weights") },
      { swatch: "accent", text: l10n.t("their codes") },
      ...(text === null ? [] : [{ swatch: "contrast" as const, text }]),
    ];
  }

  private draw(): void {
    const { theme } = this;
    const { min, max, counts, quantizedCounts } = this.histogram ?? { min: 0, max: 0, counts: [], quantizedCounts: [] };
    const width = (max - min) / counts.length;
    const position = axisText(min, max);
    const edge = (index: number): string => figureText(Number((min + index * width).toPrecision(6)));
    const bars = { grouped: false, categoryPercentage: 1 };
    // Where all weights sit on a few codes, the codes' bars would leave the weights' too small to see.
    const highest = Math.max(...counts, 1);
    this.chart.data = {
      labels: counts.map((_, index) => position(min + (index + 0.5) * width)),
      datasets: [
        { data: [...counts], backgroundColor: withAlpha(theme.quiet, 0.55), barPercentage: 1, order: 2, ...bars },
        {
          data: quantizedCounts.map((count) => Math.min(count, 1.05 * highest)),
          backgroundColor: withAlpha(theme.accent, 0.7),
          barPercentage: 0.45,
          order: 3,
          ...bars,
        },
      ],
    };
    this.chart.options = barOptions(theme, {
      x: l10n.t("weight"),
      y: l10n.t("weights a bin"),
      showLabels: true,
      title: (index) => `${edge(index)} … ${edge(index + 1)}`,
      lines: (index) => [
        l10n.t("float weights: {0}", countText(counts[index])),
        l10n.t("codes: {0}", countText(quantizedCounts[index])),
      ],
    });
    this.chart.update("none");
  }

  private lines(): BarPlugin {
    return {
      id: "levels",
      afterDatasetsDraw: (chart) => {
        const { histogram } = this;
        if (histogram === null) return;
        const { min, max, grid, mixture } = histogram;
        const levels = mixture?.map(({ mean }) => mean) ?? grid?.levels ?? [];
        const { ctx, chartArea } = chart;
        ctx.save();
        ctx.strokeStyle = withAlpha(this.theme.contrast, 0.8);
        ctx.lineWidth = 1;
        ctx.beginPath();
        for (const position of gridLines(levels, min, max, chartArea.width).positions) {
          ctx.moveTo(chartArea.left + position, chartArea.top);
          ctx.lineTo(chartArea.left + position, chartArea.bottom);
        }
        ctx.stroke();
        if (mixture !== null) this.density(chart, histogram);
        ctx.restore();
      },
    };
  }

  private density(chart: Chart, histogram: TrainingHistogram): void {
    const { ctx, chartArea } = chart;
    const { min, max } = histogram;
    ctx.lineWidth = 2;
    ctx.beginPath();
    for (let x = 0; x <= chartArea.width; x += DENSITY_STEP) {
      const count = mixtureCounts(histogram, min + (x / chartArea.width) * (max - min));
      const y = Math.max(chartArea.top, chart.scales["y"].getPixelForValue(count));
      if (x === 0) ctx.moveTo(chartArea.left, y);
      else ctx.lineTo(chartArea.left + x, y);
    }
    ctx.stroke();
  }
}

/** What the vertical lines are. */
function linesText({ grid, mixture }: TrainingHistogram): string | null {
  if (mixture !== null) return l10n.t("mixture and its means");
  if (grid === null) return null;
  return grid.channel === null
    ? l10n.t("levels of the codes")
    : l10n.t("levels of the codes of channel {0}", grid.channel);
}
