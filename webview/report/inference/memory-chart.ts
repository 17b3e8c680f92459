/** RAM over time: the bytes that live at every operation, the arena, and the least that any arena needs. */
import * as l10n from "@vscode/l10n";
import type { InferenceReport } from "../../../src/protocol/inference";
import { chartFigure } from "../../shared/chart-figure";
import { drawColumnBand, selectColumns } from "../../shared/columns";
import { bytesText, countText, nameText, shortened } from "../../shared/format";
import type { Theme } from "../../shared/theme";
import { barOptions, createBarChart, type BarChart, type BarPlugin } from "../bar-chart";
import { memorySentence } from "./sentences";

const MAX_LABEL_LENGTH = 18;

export class MemoryChart {
  private readonly figure = chartFigure(l10n.t("RAM over time"), "memoryChart");
  readonly element = this.figure.element;
  readonly canvas = this.figure.canvas;
  private readonly chart: BarChart;
  private inference: InferenceReport | undefined;
  private selected = -1;

  constructor(
    private theme: Theme,
    onSelect: (operation: number) => void,
  ) {
    this.chart = createBarChart(this.canvas, [this.marks()]);
    const at = () => ({ selected: this.selected, columns: this.inference?.operations.length ?? 0 });
    selectColumns(this.chart, at, onSelect);
  }

  show(inference: InferenceReport): void {
    this.inference = inference;
    this.selected = -1;
    this.figure.setLegend([
      { swatch: "accent", text: l10n.t("live bytes") },
      { swatch: "bound", text: l10n.t("arena, {0}", bytesText(inference.arenaBytes)) },
      { swatch: "foreground", text: l10n.t("least possible, {0}", bytesText(inference.optimumBytes)) },
    ]);
    this.canvas.setAttribute("aria-label", memorySentence(inference));
    this.draw();
  }

  select(operation: number): void {
    this.selected = operation;
    this.chart.draw();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.draw();
  }

  private draw(): void {
    if (this.inference === undefined) return;
    const { operations, arenaBytes } = this.inference;
    this.chart.data = {
      labels: operations.map(({ node }) => shortened(nameText(node), MAX_LABEL_LENGTH)),
      datasets: [
        {
          data: operations.map(({ liveBytes }) => liveBytes),
          backgroundColor: this.theme.accent,
          categoryPercentage: 1,
          barPercentage: 0.9,
        },
      ],
    };
    this.chart.options = barOptions(this.theme, {
      x: l10n.t("operations, in the order in which they run"),
      y: l10n.t("bytes"),
      showLabels: true,
      slanted: true,
      yMax: arenaBytes,
      title: (column) => `${countText(column + 1)}: ${nameText(operations[column].node)}`,
      lines: (column) => [
        nameText(operations[column].operator),
        l10n.t("{0} live", bytesText(operations[column].liveBytes)),
      ],
    });
    this.chart.update("none");
  }

  /** The band of the selected operation, a line at the arena's size and a dashed one at the optimum. */
  private marks(): BarPlugin {
    return {
      id: "marks",
      beforeDatasetsDraw: () => {
        drawColumnBand(this.chart, this.selected, this.theme);
      },
      afterDatasetsDraw: (chart) => {
        if (this.inference === undefined) return;
        const { ctx, chartArea } = chart;
        const line = (bytes: number, color: string, dashes: readonly number[]): void => {
          const y = chart.scales["y"].getPixelForValue(bytes);
          ctx.strokeStyle = color;
          ctx.setLineDash([...dashes]);
          ctx.beginPath();
          ctx.moveTo(chartArea.left, y);
          ctx.lineTo(chartArea.right, y);
          ctx.stroke();
        };
        ctx.save();
        ctx.lineWidth = 2;
        line(this.inference.arenaBytes, this.theme.warning, []);
        line(this.inference.optimumBytes, this.theme.foreground, [4, 4]);
        ctx.restore();
      },
    };
  }
}
