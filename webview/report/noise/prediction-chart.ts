/** Measured against predicted SQNR of every layer (Meller et al. 2019, fig. 4); a click selects the layer. */
import * as l10n from "@vscode/l10n";
import {
  Chart,
  LinearScale,
  PointElement,
  ScatterController,
  Tooltip,
  type ChartOptions,
  type Plugin,
  type PointStyle,
} from "chart.js";
import type { Report } from "../../../src/protocol/report";
import { chartFigure } from "../../shared/chart-figure";
import { axisStyle, tooltipStyle } from "../../shared/chart-options";
import { decibelText, nameText } from "../../shared/format";
import { withAlpha, type Theme } from "../../shared/theme";
import { isolatedDb, predictedDb, SERIES, seriesText, type Series } from "./figures";
import { PREDICTION_BAND_DB, predictionSentence } from "./sentences";

Chart.register(LinearScale, PointElement, ScatterController, Tooltip);

interface LayerPoint {
  readonly x: number;
  readonly y: number;
  readonly layer: number;
}

const SHAPES: Record<Series, PointStyle> = { weights: "circle", activations: "triangle", both: "rect" };

export class PredictionChart {
  private readonly figure = chartFigure(l10n.t("Measured against predicted"), "predictedChart");
  readonly element = this.figure.element;
  readonly canvas = this.figure.canvas;
  private readonly chart: Chart<"scatter", LayerPoint[]>;
  private report: Report | undefined;
  private points: readonly (readonly LayerPoint[])[] = [];
  private selected = -1;

  constructor(
    private theme: Theme,
    onSelect: (layer: number) => void,
  ) {
    this.figure.setLegend([
      { swatch: "accent", text: `● ${seriesText("weights")}` },
      { swatch: "contrast", text: `▲ ${seriesText("activations")}` },
      { swatch: "foreground", text: `■ ${seriesText("both")}` },
    ]);
    this.chart = new Chart(this.canvas, {
      type: "scatter",
      data: { datasets: [] },
      options: { animation: false, responsive: true, maintainAspectRatio: false },
      plugins: [this.band()],
    });
    this.canvas.addEventListener("click", (event) => {
      const hit = this.chart.getElementsAtEventForMode(event, "nearest", { intersect: true }, true).at(0);
      const point = hit === undefined ? undefined : this.points[hit.datasetIndex].at(hit.index);
      if (point !== undefined) onSelect(point.layer);
    });
  }

  show(report: Report): void {
    this.report = report;
    this.points = SERIES.map((series) =>
      report.layers.flatMap(({ noise }, layer) => {
        const x = noise === null ? null : predictedDb(noise, series);
        const y = noise === null ? null : isolatedDb(noise, series);
        return x === null || y === null ? [] : [{ x, y, layer }];
      }),
    );
    this.canvas.setAttribute("aria-label", predictionSentence(report));
    this.draw();
  }

  select(layer: number): void {
    this.selected = layer;
    this.draw();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.draw();
  }

  private draw(): void {
    const { theme } = this;
    if (this.report === undefined) return;
    const colors: Record<Series, string> = {
      weights: theme.accent,
      activations: theme.contrast,
      both: theme.foreground,
    };
    this.chart.data = {
      datasets: SERIES.map((series, index) => ({
        data: [...this.points[index]],
        pointStyle: SHAPES[series],
        pointRadius: this.points[index].map(({ layer }) => (layer === this.selected ? 7 : 4)),
        pointHoverRadius: 7,
        pointBackgroundColor: withAlpha(colors[series], 0.75),
        pointBorderColor: this.points[index].map(({ layer }) =>
          layer === this.selected ? theme.focus : colors[series],
        ),
        pointBorderWidth: this.points[index].map(({ layer }) => (layer === this.selected ? 2 : 1)),
      })),
    };
    this.chart.options = this.options();
    this.chart.update("none");
  }

  /** Both axes span the same, so that the diagonal is one. */
  private options(): ChartOptions<"scatter"> {
    const { theme } = this;
    const levels = this.points.flat().flatMap(({ x, y }) => [x, y]);
    const span = {
      min: Math.floor(Math.min(...levels, Infinity) - PREDICTION_BAND_DB),
      max: Math.ceil(Math.max(...levels, -Infinity) + PREDICTION_BAND_DB),
    };
    const axis = levels.length === 0 ? {} : span;
    return {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      layout: { padding: { top: 4, right: 4 } },
      scales: {
        x: { ...axisStyle(theme, l10n.t("predicted, dB")), ...axis },
        y: { ...axisStyle(theme, l10n.t("measured, dB")), ...axis },
      },
      plugins: {
        tooltip: {
          ...tooltipStyle(theme),
          callbacks: {
            title: (items) => items.slice(0, 1).map((item) => this.nameOf(item.datasetIndex, item.dataIndex)),
            label: ({ datasetIndex, dataIndex }) => {
              const { x, y } = this.points[datasetIndex][dataIndex];
              return l10n.t(
                "{0}: {1}, predicted {2}",
                seriesText(SERIES[datasetIndex]),
                decibelText(y),
                decibelText(x),
              );
            },
          },
        },
      },
    };
  }

  private nameOf(dataset: number, index: number): string {
    const layer = this.report?.layers.at(this.points[dataset][index].layer);
    return layer === undefined ? "" : nameText(layer.name);
  }

  /** The diagonal, and the band in which a prediction counts as right. */
  private band(): Plugin<"scatter"> {
    return {
      id: "band",
      beforeDatasetsDraw: (chart) => {
        const { ctx, chartArea, scales } = chart;
        const { min, max } = scales["x"];
        const at = (x: number, y: number): [number, number] => [
          scales["x"].getPixelForValue(x),
          scales["y"].getPixelForValue(y),
        ];
        ctx.save();
        ctx.beginPath();
        ctx.rect(chartArea.left, chartArea.top, chartArea.width, chartArea.height);
        ctx.clip();
        ctx.fillStyle = withAlpha(this.theme.quiet, 0.18);
        ctx.beginPath();
        ctx.moveTo(...at(min, min - PREDICTION_BAND_DB));
        ctx.lineTo(...at(max, max - PREDICTION_BAND_DB));
        ctx.lineTo(...at(max, max + PREDICTION_BAND_DB));
        ctx.lineTo(...at(min, min + PREDICTION_BAND_DB));
        ctx.fill();
        ctx.strokeStyle = this.theme.quiet;
        ctx.beginPath();
        ctx.moveTo(...at(min, min));
        ctx.lineTo(...at(max, max));
        ctx.stroke();
        ctx.restore();
      },
    };
  }
}
