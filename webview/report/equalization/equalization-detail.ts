/**
 * What equalization did to one layer: ranges of its weights, its activations and the weights that read it, channel by channel,
 * before and after, and the scales. Meller et al. (2019), Fig. 3.
 */
import * as l10n from "@vscode/l10n";
import type { BiasCorrections, ChannelFigures, Transforms } from "../../../src/protocol/transforms";
import { element } from "../../shared/dom";
import { figureText, momentText, percentText } from "../../shared/format";
import type { Theme } from "../../shared/theme";
import { BeforeAfterChart } from "../before-after-chart";
import { ScaleChart } from "./scale-chart";
import { channelScaleTable } from "./channel-table";
import { channelEntries, channelText, RANGES, sharesOfWidest, type RangeKind } from "./figures";
import { RANGE_TITLES, biasSentence, rangesSentence, treatmentSentence } from "./sentences";

export class EqualizationDetail {
  private readonly ranges: ReadonlyMap<RangeKind, BeforeAfterChart>;
  private readonly scales: ScaleChart;
  private readonly words = element("p", { class: "quiet" });
  private readonly charts: HTMLElement;
  private readonly table = element("div");
  private readonly disclosure = element(
    "details",
    {},
    element("summary", { text: l10n.t("Scales and ranges as a table") }),
    this.table,
  );
  readonly element: HTMLElement;
  private figures: ChannelFigures | undefined;

  constructor(theme: Theme) {
    const charts = RANGES.map(
      (kind) => [kind, new BeforeAfterChart(theme, RANGE_TITLES[kind], "equalizedRanges")] as const,
    );
    this.ranges = new Map(charts);
    this.scales = new ScaleChart(theme);
    this.charts = element(
      "div",
      { class: "equalization-charts" },
      ...charts.map(([, chart]) => chart.element),
      this.scales.element,
    );
    this.element = element("section", { class: "equalization", attributes: { "aria-label": l10n.t("Equalization") } });
    this.disclosure.addEventListener("toggle", () => {
      this.fillTable();
    });
  }

  /** The charts on view. */
  get canvases(): { readonly title: string; readonly canvas: HTMLCanvasElement }[] {
    const charts = [...this.ranges.values(), this.scales];
    return charts
      .map(({ title, canvas }) => ({ title: l10n.t("equalization: {0}", title), canvas }))
      .filter(({ canvas }) => canvas.isConnected);
  }

  /**
   * @param transforms null where nothing was done to the float model
   * @param corrections null where no biases were corrected
   */
  show(name: string, transforms: Transforms | null, corrections: BiasCorrections | null): void {
    this.figures = transforms?.figures.find(({ layer }) => layer === name);
    const sentences = [
      ...(transforms === null ? [] : [treatmentSentence(name, transforms)]),
      ...(corrections === null ? [] : [biasSentence(name, corrections)]),
    ];
    this.words.textContent = sentences.filter((sentence) => sentence !== "").join(" ");
    this.element.hidden = this.words.textContent === "" && this.figures === undefined;
    const heading = element("h2", { text: l10n.t("Equalization and bias") });
    if (this.figures === undefined) {
      this.element.replaceChildren(heading, this.words);
      return;
    }
    this.element.replaceChildren(heading, this.words, this.charts, this.disclosure);
    for (const [kind, chart] of this.ranges) showRanges(chart, kind, this.figures);
    this.scales.show(this.figures);
    this.fillTable();
  }

  setTheme(theme: Theme): void {
    for (const chart of this.ranges.values()) chart.setTheme(theme);
    this.scales.setTheme(theme);
  }

  /** Rows are made only where they are looked at. */
  private fillTable(): void {
    const isShown = this.disclosure.open && this.figures !== undefined;
    this.table.replaceChildren(...(isShown && this.figures !== undefined ? [channelScaleTable(this.figures)] : []));
  }
}

function showRanges(chart: BeforeAfterChart, kind: RangeKind, figures: ChannelFigures): void {
  const entries = channelEntries(figures);
  const [before, after] = [sharesOfWidest(figures.before[kind]), sharesOfWidest(figures.after[kind])];
  chart.show(
    {
      labels: entries.map(({ first }) => String(first)),
      before,
      after,
      x: l10n.t("output channel"),
      y: l10n.t("% of the widest"),
      yMax: 100,
      title: (column) =>
        l10n.t("Channel {0}, scale {1}", channelText(entries[column]), momentText(entries[column].scale)),
      lines: (column) => [
        l10n.t(
          "before: {0}, {1} of the widest",
          figureText(entries[column].before[kind]),
          percentText(before[column] / 100),
        ),
        l10n.t(
          "after: {0}, {1} of the widest",
          figureText(entries[column].after[kind]),
          percentText(after[column] / 100),
        ),
      ],
    },
    rangesSentence(kind, figures),
  );
}
