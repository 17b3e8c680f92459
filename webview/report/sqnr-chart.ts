/** The SQNR of every layer as bars; a click or the arrow keys select a layer. */
import * as l10n from "@vscode/l10n";
import type { Chart } from "chart.js";
import { settingsText } from "../../src/protocol/layer-settings";
import type { Grade, ReportSnapshot } from "../../src/protocol/webview";
import { figureText, nameText, shortened, sqnrText } from "../shared/format";
import { barOptions, createBarChart, type BarChart, type BarPlugin } from "./bar-chart";
import { chartFigure, type LegendEntry } from "../shared/chart-figure";
import { columnAt, drawColumnBand, selectColumns } from "../shared/columns";
import { gradeWords, sqnrSentence } from "./sentences";
import { withAlpha, type Theme } from "../shared/theme";

const MAX_LABEL_LENGTH = 18;
const NARROWEST_MARK = 9;

/** Room above the highest bar. */
const HEADROOM = 1.08;

export class SqnrChart {
  private readonly figure = chartFigure(l10n.t("SQNR of the weights, layer by layer"), "sqnrChart");
  readonly element = this.figure.element;
  readonly canvas = this.figure.canvas;
  private readonly chart: BarChart;
  private snapshot: ReportSnapshot | undefined;
  private selected = -1;

  constructor(
    private theme: Theme,
    onSelect: (layer: number) => void,
  ) {
    this.chart = createBarChart(this.canvas, [this.marks()]);
    const at = () => ({ selected: this.selected, columns: this.snapshot?.report.layers.length ?? 0 });
    selectColumns(this.chart, at, onSelect);
  }

  show(snapshot: ReportSnapshot): void {
    this.snapshot = snapshot;
    this.canvas.setAttribute("aria-label", sqnrSentence(snapshot));
    this.figure.setLegend(legendOf(snapshot));
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
    if (this.snapshot === undefined) return;
    const { report, grades, lowSqnrDb } = this.snapshot;
    const { theme } = this;
    const measured = report.layers.map(({ weights }, index) => (grades[index] === "float" ? null : weights.sqnrDb));
    const top = HEADROOM * Math.max(lowSqnrDb, ...measured.map((decibels) => decibels ?? 0));
    this.chart.data = {
      labels: report.layers.map(({ name }) => shortened(nameText(name), MAX_LABEL_LENGTH)),
      datasets: [
        {
          data: measured.map((decibels, index) => (grades[index] === "exact" ? top : decibels)),
          backgroundColor: grades.map((grade) => colorOf(grade, theme)),
          categoryPercentage: 0.9,
          barPercentage: 0.9,
          maxBarThickness: 48,
        },
      ],
    };
    this.chart.options = barOptions(theme, {
      x: "",
      y: "dB",
      showLabels: true,
      slanted: true,
      yMax: top,
      title: (index) => nameText(report.layers[index].name),
      lines: (index) => {
        const layer = report.layers[index];
        if (grades[index] === "float") return [l10n.t("left in float")];
        return [`${sqnrText(layer.weights)}${gradeWords(grades[index])}`, settingsText(layer)];
      },
    });
    this.chart.update("none");
  }

  /** The band of the selected layer, the line below which SQNR is low, and words where a bar is no measure. */
  private marks(): BarPlugin {
    return {
      id: "marks",
      beforeDatasetsDraw: (chart) => {
        drawColumnBand(this.chart, this.selected, this.theme);
        this.drawThreshold(chart);
      },
      afterDatasetsDraw: (chart) => {
        this.drawWords(chart);
      },
    };
  }

  private drawThreshold(chart: Chart): void {
    const { ctx, chartArea } = chart;
    const y = chart.scales["y"].getPixelForValue(this.snapshot?.lowSqnrDb ?? 0);
    ctx.save();
    ctx.strokeStyle = this.theme.warning;
    ctx.setLineDash([4, 4]);
    ctx.beginPath();
    ctx.moveTo(chartArea.left, y);
    ctx.lineTo(chartArea.right, y);
    ctx.stroke();
    ctx.restore();
  }

  private drawWords(chart: Chart): void {
    const { ctx, chartArea } = chart;
    ctx.save();
    ctx.font = `11px ${this.theme.fontFamily}`;
    ctx.fillStyle = this.theme.foreground;
    ctx.textBaseline = "middle";
    this.snapshot?.grades.forEach((grade, index) => {
      if (grade !== "exact" && grade !== "float") return;
      const { middle, width } = columnAt(chart, index);
      if (width < NARROWEST_MARK) return;
      ctx.save();
      ctx.translate(middle, chartArea.bottom - 8);
      ctx.rotate(-Math.PI / 2);
      ctx.fillText(grade === "exact" ? l10n.t("exact") : l10n.t("float"), 0, 0);
      ctx.restore();
    });
    ctx.restore();
  }
}

function colorOf(grade: Grade, theme: Theme): string {
  switch (grade) {
    case "good":
      return theme.accent;
    case "low":
      return theme.warning;
    case "very-low":
      return theme.error;
    case "exact":
      return withAlpha(theme.good, 0.45);
    case "float":
      return theme.quiet;
  }
}

function legendOf({ grades, lowSqnrDb }: ReportSnapshot): LegendEntry[] {
  const entries: [Grade, LegendEntry][] = [
    ["very-low", { swatch: "error", text: l10n.t("very low") }],
    ["exact", { swatch: "good", text: l10n.t("exact: no noise at all") }],
    ["float", { swatch: "quiet", text: l10n.t("float: left as it is") }],
  ];
  const present = entries.filter(([grade]) => grades.includes(grade)).map(([, entry]) => entry);
  return [{ swatch: "warning", text: l10n.t("low: below {0} dB", figureText(lowSqnrDb)) }, ...present];
}
