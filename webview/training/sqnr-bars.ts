/** The SQNR of every trained layer, and what it was before; a click or the arrow keys choose a layer. */
import * as l10n from "@vscode/l10n";
import type { TrainedLayer } from "../../src/protocol/training-page";
import { barOptions, createBarChart, type BarChart, type BarPlugin } from "../report/bar-chart";
import { chartFigure } from "../shared/chart-figure";
import { drawColumnBand, selectColumns } from "../shared/columns";
import { decibelText, nameText, shortened } from "../shared/format";
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
    const at = () => ({ selected: this.selected, columns: this.layers.length });
    selectColumns(this.chart, at, onSelect);
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
      beforeDatasetsDraw: () => {
        drawColumnBand(this.chart, this.layers.length === 0 ? -1 : this.selected, this.theme);
      },
    };
  }
}
