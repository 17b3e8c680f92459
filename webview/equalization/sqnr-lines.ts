/**
 * The SQNR of every layer under every variant, and the bound, as lines; the arrow keys and clicks move from layer to layer.
 * Meller et al. (2019), Fig. 5 and 6.
 */
import * as l10n from "@vscode/l10n";
import {
  CategoryScale,
  Chart,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
  type ChartOptions,
  type Plugin,
} from "chart.js";
import type { EqualizationComparison, Quantity } from "../../src/protocol/equalization-comparison";
import { chartFigure, type LegendEntry } from "../shared/chart-figure";
import { columnAt, selectColumns } from "../shared/columns";
import { axisStyle, tooltipStyle } from "../shared/chart-options";
import { decibelText, nameText, shortened } from "../shared/format";
import { withAlpha, type Theme } from "../shared/theme";
import { chartSentence } from "./sentences";

Chart.register(LineController, LineElement, PointElement, CategoryScale, LinearScale, Tooltip);

const MAX_LABEL_LENGTH = 18;

interface Look {
  readonly swatch: LegendEntry["swatch"];
  readonly mark: string;
  readonly pointStyle: "circle" | "triangle" | "rect" | "rectRot" | "crossRot";
}

/** By label: shapes tell the lines apart where colours do not. */
const LOOKS: Readonly<Record<string, Look>> = {
  none: { swatch: "foreground", mark: "●", pointStyle: "circle" },
  "dead channels": { swatch: "error", mark: "×", pointStyle: "crossRot" },
  "one-step": { swatch: "accent", mark: "▲", pointStyle: "triangle" },
  "two-step": { swatch: "contrast", mark: "■", pointStyle: "rect" },
  cle: { swatch: "good", mark: "◆", pointStyle: "rectRot" },
};

const OTHER: Look = { swatch: "quiet", mark: "●", pointStyle: "circle" };

export class SqnrLines {
  private readonly figure = chartFigure(l10n.t("SQNR of single layers"), "equalizedChart");
  readonly element = this.figure.element;
  readonly canvas = this.figure.canvas;
  private readonly chart: Chart<"line", (number | null)[], string>;
  private quantity: Quantity = "both";
  private selected = -1;

  constructor(
    private readonly comparison: EqualizationComparison,
    private theme: Theme,
    onSelect: (layer: number) => void,
  ) {
    this.chart = new Chart(this.canvas, {
      type: "line",
      data: { labels: [], datasets: [] },
      options: { animation: false, responsive: true, maintainAspectRatio: false },
      plugins: [this.band()],
    });
    const at = () => ({ selected: this.selected, columns: comparison.layers.length });
    selectColumns(this.chart, at, onSelect);
  }

  show(quantity: Quantity): void {
    this.quantity = quantity;
    this.canvas.setAttribute("aria-label", chartSentence(this.comparison, quantity));
    this.figure.setLegend([
      ...this.comparison.variants.map(({ label }) => {
        const { swatch, mark } = lookOf(label);
        return { swatch, text: `${mark} ${label}` };
      }),
      ...(quantity === "both" ? [{ swatch: "bound" as const, text: l10n.t("bound") }] : []),
    ]);
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
    const { comparison, quantity, theme } = this;
    const { layers, variants } = comparison;
    const points = variants.map((variant) => {
      const { pointStyle } = lookOf(variant.label);
      const color = this.colorOf(variant.label);
      return {
        data: variant.layers.map((ratios) => ratios[quantity]),
        borderColor: color,
        backgroundColor: color,
        pointStyle,
        pointRadius: layers.length > 80 ? 2 : 4,
        pointBorderWidth: pointStyle === "crossRot" ? 2 : 1,
        borderWidth: 1.5,
        spanGaps: true,
      };
    });
    const bound = {
      data: layers.map(({ boundDb }) => boundDb),
      borderColor: theme.warning,
      backgroundColor: theme.warning,
      borderDash: [5, 4],
      pointRadius: 0,
      borderWidth: 2,
      spanGaps: true,
    };
    this.chart.data = {
      labels: layers.map(({ name }) => shortened(nameText(name), MAX_LABEL_LENGTH)),
      datasets: quantity === "both" ? [...points, bound] : points,
    };
    this.chart.options = this.options();
    this.chart.update("none");
  }

  private options(): ChartOptions<"line"> {
    const { theme, comparison } = this;
    const x = axisStyle(theme, l10n.t("layers, in the model's order"));
    const labels = [...comparison.variants.map(({ label }) => label), l10n.t("bound")];
    return {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      layout: { padding: { top: 6, right: 8 } },
      interaction: { mode: "index", intersect: false },
      scales: {
        x: {
          ...x,
          offset: true,
          grid: { display: false },
          ticks: { color: x.ticks.color, font: x.ticks.font, maxRotation: 40, autoSkip: true, autoSkipPadding: 2 },
        },
        y: { ...axisStyle(theme, "dB"), border: { display: false } },
      },
      plugins: {
        tooltip: {
          ...tooltipStyle(theme),
          callbacks: {
            title: (items) => items.slice(0, 1).map(({ dataIndex }) => nameText(comparison.layers[dataIndex].name)),
            label: ({ datasetIndex, parsed }) => `${labels[datasetIndex]}: ${decibelText(parsed.y)}`,
          },
        },
      },
    };
  }

  private colorOf(label: string): string {
    const { theme } = this;
    switch (lookOf(label).swatch) {
      case "foreground":
        return theme.foreground;
      case "accent":
        return theme.accent;
      case "contrast":
        return theme.contrast;
      case "good":
        return theme.good;
      case "error":
        return theme.error;
      case "warning":
      case "bound":
        return theme.warning;
      case "quiet":
        return theme.quiet;
    }
  }

  /** Behind the selected layer. */
  private band(): Plugin<"line"> {
    return {
      id: "band",
      beforeDatasetsDraw: (chart) => {
        if (this.selected < 0) return;
        const { ctx, chartArea } = chart;
        const { middle, width } = columnAt(chart, this.selected);
        ctx.save();
        ctx.fillStyle = withAlpha(this.theme.focus, 0.22);
        ctx.fillRect(middle - width / 2, chartArea.top, width, chartArea.height);
        ctx.restore();
      },
    };
  }
}

function lookOf(label: string): Look {
  return Object.hasOwn(LOOKS, label) ? LOOKS[label] : OTHER;
}
