/** The range of every channel of one layer as floating bars, the dominant one marked. */
import * as l10n from "@vscode/l10n";
import type { DefinitionId } from "../../src/protocol/definitions";
import { figureText } from "../shared/format";
import { barOptions, createBarChart, type BarChart, type BarPlugin } from "./bar-chart";
import { channelEnvelopes, type Envelope } from "./channel-envelopes";
import { chartFigure, type ChartFigure } from "../shared/chart-figure";
import { columnAt } from "../shared/columns";
import type { Theme } from "../shared/theme";

/** More bars than this are narrower than a pixel in most panels. */
const MAX_BARS = 512;

export interface ChannelRanges {
  readonly min: readonly number[];
  readonly max: readonly number[];
  /** The channel of the largest magnitude. */
  readonly dominant: number;
}

export class ChannelChart {
  private readonly figure: ChartFigure;
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  private readonly chart: BarChart;
  private channels: ChannelRanges | undefined;
  private envelopes: Envelope[] = [];

  /** @param quantity what the channels hold, for the axis */
  constructor(
    private theme: Theme,
    title: string,
    private readonly quantity: string,
    definition?: DefinitionId,
  ) {
    this.figure = chartFigure(title, definition);
    this.element = this.figure.element;
    this.canvas = this.figure.canvas;
    this.chart = createBarChart(this.canvas, [this.dominantLabel()]);
  }

  /** @param sentence what the chart says, in words */
  show(channels: ChannelRanges, sentence: string): void {
    this.channels = channels;
    const { min, max, dominant } = channels;
    this.envelopes = channelEnvelopes(min, max, MAX_BARS);
    this.canvas.setAttribute("aria-label", sentence);
    const { first, last } = this.envelopes.at(0) ?? { first: 0, last: 0 };
    const perBar = last - first + 1;
    this.figure.setLegend([
      { swatch: "contrast", text: l10n.t("dominant channel: {0}", dominant) },
      ...(perBar > 1 ? [{ swatch: "accent" as const, text: l10n.t("each bar spans {0} channels", perBar) }] : []),
    ]);
    this.draw();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.draw();
  }

  private draw(): void {
    if (this.channels === undefined) return;
    const { envelopes, theme } = this;
    const { dominant } = this.channels;
    this.chart.data = {
      labels: envelopes.map(({ first }) => String(first)),
      datasets: [
        {
          data: envelopes.map(({ min, max }) => [min, max]),
          backgroundColor: envelopes.map((envelope) => (holds(envelope, dominant) ? theme.contrast : theme.accent)),
          categoryPercentage: 1,
          barPercentage: envelopes.length > 128 ? 1 : 0.8,
          minBarLength: 1,
          maxBarThickness: 36,
        },
      ],
    };
    this.chart.options = barOptions(theme, {
      x: l10n.t("output channel"),
      y: this.quantity,
      showLabels: true,
      title: (index) => envelopeTitle(envelopes[index], dominant),
      lines: (index) => [`${figureText(envelopes[index].min)} … ${figureText(envelopes[index].max)}`],
    });
    this.chart.update("none");
  }

  /** A small triangle over the dominant channel, so that it is found without its colour. */
  private dominantLabel(): BarPlugin {
    return {
      id: "dominant",
      afterDatasetsDraw: (chart) => {
        const dominant = this.channels?.dominant ?? -1;
        const index = this.envelopes.findIndex((envelope) => holds(envelope, dominant));
        if (index < 0) return;
        const { ctx, chartArea } = chart;
        const { middle } = columnAt(chart, index);
        ctx.save();
        ctx.fillStyle = this.theme.foreground;
        ctx.beginPath();
        ctx.moveTo(middle - 4, chartArea.top - 4);
        ctx.lineTo(middle + 4, chartArea.top - 4);
        ctx.lineTo(middle, chartArea.top + 3);
        ctx.fill();
        ctx.restore();
      },
    };
  }
}

function holds({ first, last }: Envelope, channel: number): boolean {
  return first <= channel && channel <= last;
}

function envelopeTitle(envelope: Envelope, dominant: number): string {
  const { first, last } = envelope;
  if (first === last) return first === dominant ? l10n.t("Channel {0}, dominant", first) : l10n.t("Channel {0}", first);
  return holds(envelope, dominant)
    ? l10n.t("Channels {0} to {1}; {2} is dominant", first, last, dominant)
    : l10n.t("Channels {0} to {1}", first, last);
}
