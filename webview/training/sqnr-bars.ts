/** The SQNR of every trained layer, and what it was before; a click or the arrow keys choose a layer. */
import * as l10n from "@vscode/l10n";
import type { TrainedLayer } from "../../src/protocol/training-page";
import { barOptions, columnAt, createBarChart, type BarChart, type BarPlugin } from "../report/bar-chart";
import { chartFigure } from "../shared/chart-figure";
import { decibelText, nameText, shortened } from "../shared/format";
import { moved } from "../shared/keys";
import { withAlpha, type Theme } from "../shared/theme";
import { sqnrSentence } from "./sentences";

const MAX_LABEL_LENGTH = 18;

export class SqnrBars {
  private readonly figure = chartFigure(l10n.t("SQNR of the weights, layer by layer"), {
    term: l10n.t("SQNR of the weights, layer by layer"),
    meaning: l10n.t(
      "Of the codes against the float weights that are trained. It may fall while the network gets better: what counts is what the network answers.",
    ),
  });
  readonly element = this.figure.element;
  private readonly canvas = this.figure.canvas;
  private readonly chart: BarChart;
  private layers: readonly TrainedLayer[] = [];
  private selected = -1;

  constructor(
    private theme: Theme,
    onSelect: (layer: number) => void,
  ) {
    this.chart = createBarChart(this.canvas, [this.band()]);
    this.figure.setLegend([
      { swatch: "quiet", text: l10n.t("before training") },
      { swatch: "accent", text: l10n.t("now") },
    ]);
    this.canvas.tabIndex = 0;
    this.canvas.addEventListener("click", (event) => {
      const hit = this.chart.getElementsAtEventForMode(event, "index", { intersect: false }, true).at(0);
      if (hit !== undefined) onSelect(hit.index);
    });
    this.canvas.addEventListener("keydown", (event) => {
      const next = this.layers.length === 0 ? undefined : moved(event.key, this.selected, this.layers.length - 1);
      if (next === undefined) return;
      event.preventDefault();
      onSelect(next);
    });
  }

  show(layers: readonly TrainedLayer[], selected: number): void {
    this.layers = layers;
    this.selected = selected;
    this.canvas.setAttribute("aria-label", sqnrSentence(layers));
    this.draw();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.draw();
  }

  private draw(): void {
    const { layers, theme } = this;
    const bars = { grouped: false, categoryPercentage: 0.9, maxBarThickness: 48 };
    this.chart.data = {
      labels: layers.map(({ name }) => shortened(nameText(name), MAX_LABEL_LENGTH)),
      datasets: [
        { data: layers.map(({ now }) => now), backgroundColor: theme.accent, barPercentage: 0.5, order: 1, ...bars },
        {
          data: layers.map(({ before }) => before),
          backgroundColor: withAlpha(theme.quiet, 0.45),
          barPercentage: 0.9,
          order: 2,
          ...bars,
        },
      ],
    };
    this.chart.options = barOptions(theme, {
      x: "",
      y: "dB",
      showLabels: true,
      slanted: true,
      title: (index) => nameText(layers[index].name),
      lines: (index) => [
        l10n.t("now: {0}", decibelText(layers[index].now)),
        l10n.t("before training: {0}", decibelText(layers[index].before)),
      ],
    });
    this.chart.update("none");
  }

  /** Behind the layer whose weights are shown. */
  private band(): BarPlugin {
    return {
      id: "band",
      beforeDatasetsDraw: (chart) => {
        if (this.selected < 0 || this.layers.length === 0) return;
        const { ctx, chartArea } = chart;
        const { middle, width } = columnAt(chart, this.selected);
        ctx.save();
        ctx.fillStyle = withAlpha(this.theme.focus, 0.22);
        ctx.fillRect(middle - width / 2, chartArea.top, width, chartArea.height);
        ctx.fillStyle = this.theme.focus;
        ctx.fillRect(middle - width / 2, chartArea.bottom - 2, width, 3);
        ctx.restore();
      },
    };
  }
}
