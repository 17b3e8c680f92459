/** The layers: how far their codes are from the weights, and how the weights of one of them lie. */
import * as l10n from "@vscode/l10n";
import type { TrainingHistogram } from "../../src/protocol/training";
import type { TrainingView } from "../../src/protocol/training-page";
import { element } from "../shared/dom";
import type { Theme } from "../shared/theme";
import { LiveTable } from "./live-table";
import { layerSentence } from "./sentences";
import { SqnrBars } from "./sqnr-bars";
import { layerTable, weightsTable } from "./tables";
import { WeightsChart } from "./weights-chart";

export class LayerSection {
  readonly element = element("section", { class: "layers", attributes: { "aria-label": l10n.t("Layers") } });
  private readonly bars: SqnrBars;
  private readonly weights: WeightsChart;
  private readonly selected = element("p", { class: "quiet", attributes: { role: "status" } });
  private readonly layerTable: LiveTable;
  private readonly weightsTable: LiveTable;
  private view: TrainingView | undefined;
  private histogram: TrainingHistogram | null = null;
  private announced = -1;

  constructor(
    theme: Theme,
    private readonly onSelect: (layer: number) => void,
  ) {
    this.bars = new SqnrBars(theme, onSelect);
    this.weights = new WeightsChart(theme);
    this.layerTable = new LiveTable("layers", l10n.t("Layers as a table"), () => this.tableOfLayers());
    this.weightsTable = new LiveTable("weights", l10n.t("Weights as a table"), () => this.tableOfWeights());
    const side = (...children: HTMLElement[]): HTMLElement => element("div", {}, ...children);
    this.element.append(
      side(this.bars.element, this.selected, this.layerTable.element),
      side(this.weights.element, this.weightsTable.element),
    );
    this.element.hidden = true;
  }

  show(view: TrainingView): void {
    this.view = view;
    this.element.hidden = view.layer === null;
    if (view.layer === null) return;
    this.bars.show(view.layers, view.layer);
    // Figures change with every epoch, which is announced elsewhere: only another layer is news.
    if (view.layer !== this.announced) this.selected.textContent = layerSentence(view.layers[view.layer]);
    this.announced = view.layer;
    this.showHistogram(view.histogram);
    this.layerTable.refresh();
  }

  showHistogram(histogram: TrainingHistogram | null): void {
    const name = this.view?.layers[this.view.layer ?? -1]?.name;
    if (name === undefined) return;
    this.histogram = histogram;
    this.weights.show(name, histogram);
    this.weightsTable.refresh();
  }

  setTheme(theme: Theme): void {
    this.bars.setTheme(theme);
    this.weights.setTheme(theme);
  }

  private tableOfLayers(): HTMLElement {
    const table = layerTable(this.view?.layers ?? [], this.onSelect);
    table.select(this.view?.layer ?? -1);
    return table.element;
  }

  private tableOfWeights(): HTMLElement | undefined {
    return this.histogram === null ? undefined : weightsTable(this.histogram);
  }
}
