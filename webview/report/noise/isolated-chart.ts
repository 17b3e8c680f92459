/** The three isolated SQNRs of every layer as grouped bars, in the table's order; a click or the arrow keys select a layer. */
import * as l10n from "@vscode/l10n";
import type { Report } from "../../../src/protocol/report";
import { chartFigure } from "../../shared/chart-figure";
import { columnAt, drawColumnBand, selectColumns } from "../../shared/columns";
import { decibelText, nameText, shortened } from "../../shared/format";
import type { Theme } from "../../shared/theme";
import { barOptions, createBarChart, type BarChart, type BarPlugin } from "../bar-chart";
import { isolatedDb, SERIES, seriesText, type Series } from "./figures";
import { isolatedSentence } from "./sentences";

const MAX_LABEL_LENGTH = 18;
/** Share of a column that its three bars take. */
const GROUP_SHARE = 0.8;

export class IsolatedChart {
  private readonly figure = chartFigure(l10n.t("SQNR of single layers, a diagnostic"), "isolatedChart");
  readonly element = this.figure.element;
  readonly canvas = this.figure.canvas;
  private readonly chart: BarChart;
  private report: Report | undefined;
  private order: readonly number[] = [];
  private selected = -1;

  constructor(
    private theme: Theme,
    onSelect: (layer: number) => void,
  ) {
    this.chart = createBarChart(this.canvas, [this.marks()]);
    this.figure.setLegend([
      { swatch: "accent", text: l10n.t("weights") },
      { swatch: "contrast", text: l10n.t("activations") },
      { swatch: "foreground", text: l10n.t("both") },
      { swatch: "bound", text: l10n.t("bound of both") },
    ]);
    const at = () => ({ selected: this.order.indexOf(this.selected), columns: this.order.length });
    selectColumns(this.chart, at, (column) => {
      onSelect(this.order[column]);
    });
  }

  /** @param order indices of the layers from left to right */
  show(report: Report, order: readonly number[]): void {
    this.report = report;
    this.order = order;
    this.canvas.setAttribute("aria-label", isolatedSentence(report));
    this.draw();
  }

  select(layer: number): void {
    this.selected = layer;
    this.chart.draw();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.draw();
  }

  private draw(): void {
    const { report, theme, order } = this;
    if (report === undefined) return;
    const colors: Record<Series, string> = {
      weights: theme.accent,
      activations: theme.contrast,
      both: theme.foreground,
    };
    const layers = order.map((index) => report.layers[index]);
    this.chart.data = {
      labels: layers.map(({ name }) => shortened(nameText(name), MAX_LABEL_LENGTH)),
      datasets: SERIES.map((series) => ({
        data: layers.map(({ noise }) => (noise === null ? null : isolatedDb(noise, series))),
        backgroundColor: colors[series],
        categoryPercentage: GROUP_SHARE,
        barPercentage: 0.9,
        maxBarThickness: 20,
      })),
    };
    const bounds = layers.flatMap(({ noise }) => noise?.boundDb ?? []);
    this.chart.options = barOptions(theme, {
      x: l10n.t("layers, in the table's order"),
      y: "dB",
      showLabels: true,
      slanted: true,
      yMax: Math.max(0, ...bounds),
      title: (column) => nameText(layers[column].name),
      lines: (column) => {
        const { noise } = layers[column];
        if (noise === null) return [l10n.t("left in float")];
        return [
          ...SERIES.map((series) => l10n.t("{0}: {1}", seriesText(series), decibelText(isolatedDb(noise, series)))),
          l10n.t("{0}: {1}", l10n.t("bound"), decibelText(noise.boundDb)),
        ];
      },
    });
    this.chart.update("none");
  }

  /** The band of the selected layer, and a short line over each group at its bound. */
  private marks(): BarPlugin {
    return {
      id: "marks",
      beforeDatasetsDraw: () => {
        drawColumnBand(this.chart, this.order.indexOf(this.selected), this.theme);
      },
      afterDatasetsDraw: (chart) => {
        const { ctx } = chart;
        ctx.save();
        ctx.strokeStyle = this.theme.warning;
        ctx.lineWidth = 2;
        ctx.beginPath();
        this.order.forEach((index, column) => {
          const bound = this.report?.layers[index].noise?.boundDb ?? null;
          if (bound === null) return;
          const { middle, width } = columnAt(chart, column);
          const y = chart.scales["y"].getPixelForValue(bound);
          const half = Math.min(34, (width * GROUP_SHARE) / 2);
          ctx.moveTo(middle - half, y);
          ctx.lineTo(middle + half, y);
        });
        ctx.stroke();
        ctx.restore();
      },
    };
  }
}
