/** One layer in detail: figures, channel ranges, distribution. */
import * as l10n from "@vscode/l10n";
import type { DefinitionId } from "../../src/protocol/definitions";
import { settingsText } from "../../src/protocol/layer-settings";
import type { LayerReport, Report } from "../../src/protocol/report";
import type { DiagnosisState } from "../../src/protocol/webview";
import { DisclosedTable } from "../shared/disclosed-table";
import { element } from "../shared/dom";
import { factList, type Fact } from "../shared/facts";
import { bytesText, figureText, momentText, nameText, percentText, shapeText, sqnrText } from "../shared/format";
import { SortableTable } from "../shared/sortable-table";
import { binTable } from "./bin-table";
import { ChannelChart } from "./channel-chart";
import { DiagnosisView, type DiagnosisActions } from "./diagnosis-view";
import { EqualizationDetail } from "./equalization/equalization-detail";
import { HistogramChart } from "./histogram-chart";
import { channelColumns, channelRows } from "./layer-table";
import { LayerNoiseDetail } from "./noise/layer-noise-detail";
import { channelSentence } from "./sentences";
import type { Theme } from "../shared/theme";

export class LayerDetail {
  readonly channels: ChannelChart;
  readonly noise: LayerNoiseDetail;
  readonly histogram: HistogramChart;
  readonly equalization: EqualizationDetail;
  private readonly heading = element("h2", { class: "detail-name" });
  private readonly about = element("p", { class: "quiet" });
  private readonly figures = element("div");
  private readonly tables = [
    new DisclosedTable("channels", l10n.t("Channels as a table"), () => this.layer && channelTable(this.layer)),
    new DisclosedTable("weights", l10n.t("Distribution as a table"), () => this.layer && weightTable(this.layer)),
  ];
  private readonly errors = new DisclosedTable("errors", l10n.t("Errors as a table"), () =>
    this.layer === undefined ? undefined : errorTable(this.layer),
  );
  readonly element: HTMLElement;
  private layer: LayerReport | undefined;

  private readonly diagnosis: DiagnosisView;
  private index = -1;

  constructor(theme: Theme, actions: DiagnosisActions) {
    this.diagnosis = new DiagnosisView(actions);
    this.channels = new ChannelChart(theme, l10n.t("Range of every output channel"), l10n.t("weight"), "rangesChart");
    this.noise = new LayerNoiseDetail(theme);
    this.histogram = new HistogramChart(theme);
    this.equalization = new EqualizationDetail(theme);
    const head = element("div", {}, this.heading, this.about);
    const charts = [this.noise.element, this.channels.element, this.histogram.element];
    this.element = element(
      "section",
      { class: "detail", attributes: { "aria-label": l10n.t("Selected layer") } },
      head,
      this.figures,
      ...charts,
      this.equalization.element,
      this.diagnosis.element,
      ...this.tables.map((table) => table.element),
      this.errors.element,
    );
  }

  /** @param index the layer's in the report */
  show(
    layer: LayerReport,
    index: number,
    { transforms, biasCorrection }: Pick<Report, "transforms" | "biasCorrection">,
    canQuantize: boolean,
  ): void {
    this.layer = layer;
    this.index = index;
    this.heading.textContent = nameText(layer.name);
    this.heading.title = nameText(layer.weightName);
    this.about.textContent = aboutText(layer);
    this.figures.replaceChildren(factList(figuresOf(layer), "figures"));
    this.noise.show(layer);
    this.channels.show(layer.weights.channels, channelSentence(layer));
    this.histogram.show(layer);
    this.equalization.show(layer.name, transforms, biasCorrection);
    this.diagnosis.begin(index, layer.settings !== null, canQuantize);
    for (const table of [...this.tables, this.errors]) table.refresh();
    this.errors.element.hidden = (layer.noise?.errors ?? null) === null;
  }

  /** A diagnosis of a layer that is not shown any more is dropped. */
  showDiagnosis(layer: number, state: DiagnosisState): void {
    if (layer !== this.index) return;
    this.diagnosis.show(state);
    if (state.kind === "done") this.histogram.showGrid(state.diagnosis.grid);
  }

  setTheme(theme: Theme): void {
    this.noise.setTheme(theme);
    this.channels.setTheme(theme);
    this.histogram.setTheme(theme);
    this.equalization.setTheme(theme);
  }
}

function channelTable(layer: LayerReport): HTMLElement {
  return new SortableTable({
    caption: l10n.t("Channels of {0}", nameText(layer.name)),
    columns: channelColumns(layer),
    rows: channelRows(layer),
    nameColumn: "channel",
  }).element;
}

function weightTable({ name, weights }: LayerReport): HTMLElement {
  const { min, max, counts, quantizedCounts } = weights.histogram;
  const after = quantizedCounts === null ? [] : [{ id: "after", label: l10n.t("after"), counts: quantizedCounts }];
  const series = [{ id: "before", label: l10n.t("before"), counts }, ...after];
  return binTable(l10n.t("Weights of {0}, a bin a row", nameText(name)), { min, max, series });
}

function errorTable({ name, noise }: LayerReport): HTMLElement | undefined {
  const errors = noise?.errors ?? null;
  if (errors === null) return undefined;
  const { min, max, counts } = errors;
  const series = [{ id: "outputs", label: l10n.t("outputs"), counts }];
  return binTable(l10n.t("Errors of the output of {0}, a bin a row", nameText(name)), { min, max, series });
}

function aboutText(layer: LayerReport): string {
  const parts = [
    `${nameText(layer.op)} ${shapeText(layer.weightShape)}`,
    layer.settings === null ? l10n.t("left in float") : settingsText(layer),
    layer.sharedWith === null ? "" : l10n.t("codes shared with {0}", nameText(layer.sharedWith)),
    layer.fused.length === 0 ? "" : l10n.t("{0} folded in", layer.fused.map(nameText).join(", ")),
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

function figuresOf(layer: LayerReport): Fact[] {
  const { weights } = layer;
  const optional = (label: string, value: number | null, definition: DefinitionId): Fact[] =>
    value === null ? [] : [{ label, value: momentText(value), definition }];
  const sqnr: Fact = { label: l10n.t("SQNR"), value: sqnrText(weights), definition: "sqnr" };
  return [
    ...(layer.scheme === "float" ? [] : [sqnr]),
    { label: l10n.t("Range"), value: `${figureText(weights.min)} … ${figureText(weights.max)}`, definition: "range" },
    { label: l10n.t("Std. deviation"), value: figureText(weights.std), definition: "std" },
    { label: l10n.t("Skewness"), value: momentText(weights.skewness), definition: "skewness" },
    { label: l10n.t("Excess kurtosis"), value: momentText(weights.kurtosis), definition: "kurtosis" },
    ...optional("max|w| / median|w|", weights.outlierRatio, "outlierRatio"),
    { label: l10n.t("Zeros"), value: percentText(weights.zeros), definition: "zeros" },
    ...optional(l10n.t("Entropy, bits"), weights.codeEntropyBits, "entropy"),
    {
      label: l10n.t("Flash"),
      value: bytesText(layer.bytes),
      note: l10n.t("of {0}", bytesText(layer.floatBytes)),
      definition: "flash",
    },
  ];
}
