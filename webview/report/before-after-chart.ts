/** Two values a column: a wide bar for after with a narrow one for before inside, so that either may be the higher. */
import * as l10n from "@vscode/l10n";
import type { DefinitionId } from "../../src/protocol/definitions";
import { barOptions, createBarChart, type BarChart } from "./bar-chart";
import { chartFigure } from "../shared/chart-figure";
import { withAlpha, type Theme } from "../shared/theme";

/** More columns have bars without gaps. */
const DENSE = 96;

export interface BeforeAfter {
  readonly labels: readonly string[];
  readonly before: readonly (number | null)[];
  readonly after: readonly (number | null)[];
  readonly x: string;
  readonly y: string;
  readonly yMax?: number;
  /** Labels are names, too long to stand side by side. */
  readonly slanted?: boolean;
  readonly title: (column: number) => string;
  readonly lines: (column: number) => string[];
}

export class BeforeAfterChart {
  private readonly figure;
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  private readonly chart: BarChart;
  private shown: BeforeAfter | undefined;

  constructor(
    private theme: Theme,
    readonly title: string,
    definition?: DefinitionId,
    names: readonly [before: string, after: string] = [l10n.t("before"), l10n.t("after")],
  ) {
    this.figure = chartFigure(title, definition);
    this.element = this.figure.element;
    this.canvas = this.figure.canvas;
    this.chart = createBarChart(this.canvas);
    this.figure.setLegend([
      { swatch: "foreground", text: names[0] },
      { swatch: "accent", text: names[1] },
    ]);
  }

  /** @param sentence what the chart says, in words */
  show(shown: BeforeAfter, sentence: string): void {
    this.shown = shown;
    this.canvas.setAttribute("aria-label", sentence);
    this.draw();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.draw();
  }

  private draw(): void {
    if (this.shown === undefined) return;
    const { theme } = this;
    const { labels, before, after, ...axes } = this.shown;
    const isDense = labels.length > DENSE;
    this.chart.data = {
      labels: [...labels],
      datasets: [
        {
          data: [...before],
          backgroundColor: theme.foreground,
          grouped: false,
          order: 1,
          categoryPercentage: 1,
          barPercentage: isDense ? 0.5 : 0.28,
          maxBarThickness: 9,
        },
        {
          data: [...after],
          backgroundColor: withAlpha(theme.accent, 0.7),
          grouped: false,
          order: 2,
          categoryPercentage: 1,
          barPercentage: isDense ? 1 : 0.8,
          maxBarThickness: 28,
        },
      ],
    };
    this.chart.options = barOptions(theme, { ...axes, showLabels: true });
    this.chart.update("none");
  }
}
