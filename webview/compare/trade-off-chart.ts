/** Size against quality: every candidate for all layers, the best mixtures, and the current choice. */
import * as l10n from "@vscode/l10n";
import {
  Chart,
  LinearScale,
  LineElement,
  PointElement,
  ScatterController,
  Tooltip,
  type ChartOptions,
  type Plugin,
} from "chart.js";
import type { Comparison, ComparisonPoint } from "../../src/protocol/comparison";
import type { ChosenMixture } from "../../src/protocol/comparison-page";
import { chartFigure } from "../shared/chart-figure";
import { axisStyle, tooltipStyle } from "../shared/chart-options";
import { bytesText, decibelText } from "../shared/format";
import { withAlpha, type Theme } from "../shared/theme";
import { forAllText, tradeOffSentence } from "./sentences";

Chart.register(LinearScale, LineElement, PointElement, ScatterController, Tooltip);

interface Position {
  readonly x: number;
  readonly y: number;
}

/** What is exact has no decibels; it is drawn this far above all others. */
const EXACT_HEADROOM_DB = 6;

const LABEL_GAP = 8;
const LABEL_HEIGHT = 13;

interface SizeUnit {
  readonly name: string;
  readonly bytes: number;
}

const UNIFORM = 0;
const MIXED = 1;

export interface TradeOffActions {
  chooseForAll(candidate: number): void;
  suggest(budget: number): void;
}

export class TradeOffChart {
  private readonly figure = chartFigure(l10n.t("Size and quality of the whole model"));
  readonly element = this.figure.element;
  private readonly chart: Chart<"scatter", Position[]>;
  private readonly exactLevel: number;
  private readonly unit: SizeUnit;
  private chosen: ChosenMixture | undefined;

  constructor(
    private readonly comparison: Comparison,
    private theme: Theme,
    actions: TradeOffActions,
  ) {
    const { uniform, mixed } = comparison;
    const levels = [...uniform, ...mixed].flatMap(({ sqnrDb }) => sqnrDb ?? []);
    this.exactLevel = levels.reduce((most, level) => Math.max(most, level), 0) + EXACT_HEADROOM_DB;
    this.unit = unitFor(Math.max(...uniform.map(({ bytes }) => bytes)));
    const { canvas } = this.figure;
    canvas.setAttribute("aria-label", tradeOffSentence(comparison));
    this.figure.setLegend([
      { swatch: "accent", text: l10n.t("one candidate for all layers, filled on the Pareto front") },
      { swatch: "good", text: l10n.t("best mixtures") },
      { swatch: "contrast", text: l10n.t("your choice") },
    ]);
    this.chart = new Chart(canvas, {
      type: "scatter",
      data: { datasets: [] },
      options: { animation: false, responsive: true, maintainAspectRatio: false },
      plugins: [this.labels()],
    });
    canvas.addEventListener("click", (event) => {
      const hit = this.chart.getElementsAtEventForMode(event, "nearest", { intersect: true }, true).at(0);
      if (hit?.datasetIndex === UNIFORM) actions.chooseForAll(hit.index);
      if (hit?.datasetIndex === MIXED) actions.suggest(mixed[hit.index].bytes);
    });
  }

  show(chosen: ChosenMixture): void {
    this.chosen = chosen;
    this.draw();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.draw();
  }

  private draw(): void {
    const { comparison, theme } = this;
    const { uniform, mixed } = comparison;
    this.chart.data = {
      datasets: [
        {
          data: uniform.map((point) => this.position(point)),
          pointRadius: 5,
          pointHoverRadius: 7,
          pointBackgroundColor: uniform.map(({ pareto }) => (pareto ? theme.accent : theme.background)),
          pointBorderColor: theme.accent,
          pointBorderWidth: 1.5,
          order: 2,
        },
        {
          data: mixed.map((point) => this.position(point)),
          showLine: true,
          pointRadius: mixed.map(({ pareto }) => (pareto ? 2.5 : 1)),
          pointHitRadius: 6,
          pointBackgroundColor: theme.good,
          pointBorderWidth: 0,
          borderColor: withAlpha(theme.good, 0.6),
          borderWidth: 1.5,
          order: 3,
        },
        {
          data: this.chosen === undefined ? [] : [this.position(this.chosen)],
          pointStyle: "rectRot",
          pointRadius: 8,
          pointBackgroundColor: theme.contrast,
          pointBorderColor: theme.foreground,
          pointBorderWidth: 1,
          order: 1,
        },
      ],
    };
    this.chart.options = this.options();
    this.chart.update("none");
  }

  private options(): ChartOptions<"scatter"> {
    const { theme } = this;
    const x = axisStyle(theme, l10n.t("flash, {0}", this.unit.name));
    return {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      layout: { padding: { top: 8, right: 12 } },
      scales: {
        x,
        y: axisStyle(theme, l10n.t("SQNR, dB")),
      },
      plugins: {
        tooltip: {
          ...tooltipStyle(theme),
          callbacks: {
            title: (items) => items.slice(0, 1).map((item) => this.nameOf(item.datasetIndex, item.dataIndex)),
            label: (item) => {
              const { bytes, sqnrDb } = this.pointOf(item.datasetIndex, item.dataIndex);
              return `${bytesText(bytes)}, ${decibelText(sqnrDb)}`;
            },
          },
        },
      },
    };
  }

  private position({ bytes, sqnrDb }: Pick<ComparisonPoint, "bytes" | "sqnrDb">): Position {
    return { x: bytes / this.unit.bytes, y: sqnrDb ?? this.exactLevel };
  }

  private pointOf(dataset: number, index: number): Pick<ComparisonPoint, "bytes" | "sqnrDb"> {
    const { uniform, mixed } = this.comparison;
    if (dataset === UNIFORM) return uniform[index];
    return dataset === MIXED ? mixed[index] : (this.chosen ?? mixed[0]);
  }

  private nameOf(dataset: number, index: number): string {
    if (dataset === UNIFORM) return forAllText(this.comparison.uniform[index].label);
    return dataset === MIXED ? l10n.t("Best mixture of its size") : l10n.t("Your choice");
  }

  /** The candidates' names beside their points, as far as they do not cover each other. */
  private labels(): Plugin<"scatter"> {
    return {
      id: "labels",
      afterDatasetsDraw: (chart) => {
        const { ctx, chartArea } = chart;
        const drawn: { left: number; right: number; middle: number }[] = [];
        ctx.save();
        ctx.font = `11px ${this.theme.fontFamily}`;
        ctx.fillStyle = this.theme.foreground;
        ctx.textBaseline = "middle";
        chart.getDatasetMeta(UNIFORM).data.forEach(({ x, y }, index) => {
          const { label } = this.comparison.uniform[index];
          const width = ctx.measureText(label).width;
          const fitsRight = x + LABEL_GAP + width < chartArea.right;
          const left = fitsRight ? x + LABEL_GAP : x - LABEL_GAP - width;
          const box = { left, right: left + width, middle: y };
          if (drawn.some((other) => overlap(other, box))) return;
          drawn.push(box);
          ctx.fillText(label, left, y);
        });
        ctx.restore();
      },
    };
  }
}

/** The unit in which numbers up to `bytes` are short. */
function unitFor(bytes: number): SizeUnit {
  if (bytes >= 2 * 1024 * 1024) return { name: "MiB", bytes: 1024 * 1024 };
  return bytes >= 2 * 1024 ? { name: "KiB", bytes: 1024 } : { name: l10n.t("bytes"), bytes: 1 };
}

function overlap(
  a: { left: number; right: number; middle: number },
  b: { left: number; right: number; middle: number },
): boolean {
  return a.left < b.right && b.left < a.right && Math.abs(a.middle - b.middle) < LABEL_HEIGHT;
}
