/** What quantization costs the network, over all layers: isolated SQNR, and how well it is predicted. */
import * as l10n from "@vscode/l10n";
import type { Report } from "../../../src/protocol/report";
import { DisclosedTable } from "../../shared/disclosed-table";
import { element } from "../../shared/dom";
import type { Theme } from "../../shared/theme";
import { IsolatedChart } from "./isolated-chart";
import { PredictionChart } from "./prediction-chart";
import { predictionTable } from "./prediction-table";

export class NoiseView {
  readonly isolated: IsolatedChart;
  readonly prediction: PredictionChart;
  readonly element: HTMLElement;
  private readonly table: DisclosedTable;
  private report: Report | undefined;

  constructor(theme: Theme, onSelect: (layer: number) => void) {
    this.isolated = new IsolatedChart(theme, onSelect);
    this.prediction = new PredictionChart(theme, onSelect);
    this.table = new DisclosedTable("predictions", l10n.t("Predictions as a table"), () =>
      this.report === undefined ? undefined : predictionTable(this.report),
    );
    this.element = element(
      "section",
      { class: "noise", attributes: { "aria-label": l10n.t("Noise") } },
      this.isolated.element,
      this.prediction.element,
      this.table.element,
    );
  }

  /** @param order of the layers in the table */
  show(report: Report, order: readonly number[]): void {
    this.report = report;
    this.table.refresh();
    this.isolated.show(report, order);
    this.prediction.show(report);
  }

  select(layer: number): void {
    this.isolated.select(layer);
    this.prediction.select(layer);
  }

  setTheme(theme: Theme): void {
    this.isolated.setTheme(theme);
    this.prediction.setTheme(theme);
  }
}
