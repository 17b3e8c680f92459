/** One layer in detail: figures, channel ranges, distribution. */
import type { DefinitionId } from "../../src/protocol/definitions";
import { settingsText } from "../../src/protocol/layer-settings";
import type { LayerReport, Report } from "../../src/protocol/report";
import type { DiagnosisState } from "../../src/protocol/webview";
import { element } from "../shared/dom";
import { factList, type Fact } from "../shared/facts";
import { bytesText, decibelText, figureText, momentText, nameText, percentText, shapeText } from "../shared/format";
import { SortableTable } from "../shared/sortable-table";
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
  private readonly table = element("div", { class: "channel-table" });
  private readonly disclosure = element("details", {}, element("summary", { text: "Channels as a table" }), this.table);
  readonly element: HTMLElement;
  private layer: LayerReport | undefined;

  private readonly diagnosis: DiagnosisView;
  private index = -1;

  constructor(theme: Theme, actions: DiagnosisActions) {
    this.diagnosis = new DiagnosisView(actions);
    this.channels = new ChannelChart(theme, "Range of every output channel", "weight", "rangesChart");
    this.noise = new LayerNoiseDetail(theme);
    this.histogram = new HistogramChart(theme);
    this.equalization = new EqualizationDetail(theme);
    const head = element("div", {}, this.heading, this.about);
    const charts = [this.noise.element, this.channels.element, this.histogram.element];
    this.element = element(
      "section",
      { class: "detail", attributes: { "aria-label": "Selected layer" } },
      head,
      this.figures,
      ...charts,
      this.equalization.element,
      this.diagnosis.element,
      this.disclosure,
    );
    this.disclosure.addEventListener("toggle", () => {
      this.fillTable();
    });
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
    this.fillTable();
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

  /** Thousands of rows are made only where they are looked at. */
  private fillTable(): void {
    if (!this.disclosure.open || this.layer === undefined) {
      this.table.replaceChildren();
      return;
    }
    const table = new SortableTable({
      caption: `Channels of ${nameText(this.layer.name)}`,
      columns: channelColumns(this.layer),
      rows: channelRows(this.layer),
      nameColumn: "channel",
    });
    this.table.replaceChildren(table.element);
  }
}

function aboutText(layer: LayerReport): string {
  const parts = [
    `${nameText(layer.op)} ${shapeText(layer.weightShape)}`,
    layer.settings === null ? "left in float" : settingsText(layer),
    layer.sharedWith === null ? "" : `codes shared with ${nameText(layer.sharedWith)}`,
    layer.fused.length === 0 ? "" : `${layer.fused.map(nameText).join(", ")} folded in`,
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

function figuresOf(layer: LayerReport): Fact[] {
  const { weights } = layer;
  const optional = (label: string, value: number | null, definition: DefinitionId): Fact[] =>
    value === null ? [] : [{ label, value: momentText(value), definition }];
  const sqnr: Fact = { label: "SQNR", value: decibelText(weights.sqnrDb), definition: "sqnr" };
  return [
    ...(layer.scheme === "float" ? [] : [sqnr]),
    { label: "Range", value: `${figureText(weights.min)} … ${figureText(weights.max)}`, definition: "range" },
    { label: "Std. deviation", value: figureText(weights.std), definition: "std" },
    { label: "Skewness", value: momentText(weights.skewness), definition: "skewness" },
    { label: "Excess kurtosis", value: momentText(weights.kurtosis), definition: "kurtosis" },
    ...optional("max|w| / median|w|", weights.outlierRatio, "outlierRatio"),
    { label: "Zeros", value: percentText(weights.zeros), definition: "zeros" },
    ...optional("Entropy, bits", weights.codeEntropyBits, "entropy"),
    { label: "Flash", value: bytesText(layer.bytes), note: `of ${bytesText(layer.floatBytes)}`, definition: "flash" },
  ];
}
