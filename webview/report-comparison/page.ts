/** The page that compares two reports: before and after. */
import "../shared/words";
import * as l10n from "@vscode/l10n";
import type { ToReportComparisonPage } from "../../src/protocol/report-comparison-page";
import type { LayerDifference, ReportDifference } from "../../src/protocol/report-difference";
import { BeforeAfterChart } from "../report/before-after-chart";
import { element, pageRoot } from "../shared/dom";
import { showTitlesOnFocus } from "../shared/focus-titles";
import { countText, nameText, shortened } from "../shared/format";
import { figureOf } from "../../src/protocol/report-difference";
import { savedState, saveState } from "../shared/host";
import { showEmpty } from "../shared/notices";
import { SortableTable } from "../shared/sortable-table";
import { onThemeChange, readTheme } from "../shared/theme";
import { button, registerToolkit } from "../shared/toolkit";
import { reportComparisonHost } from "./host";
import { chartSentence, sideText, verdictSentence } from "./sentences";
import { stateOf } from "./state";
import { layerColumns, TOTAL_COLUMNS, type LayerRow } from "./tables";
import "./page.css";

type Shown = Extract<ToReportComparisonPage, { kind: "difference" }>;

const MAX_LABEL_LENGTH = 18;

class ReportComparisonPage {
  private readonly root = pageRoot();
  private readonly chart: BeforeAfterChart;
  private state = stateOf(savedState());

  constructor() {
    this.chart = new BeforeAfterChart(readTheme(), l10n.t("SQNR of the weights, layer by layer"), "sqnrChart");
    onThemeChange((theme) => {
      this.chart.setTheme(theme);
    });
  }

  receive(message: ToReportComparisonPage): void {
    switch (message.kind) {
      case "difference":
        this.show(message);
        return;
      case "empty":
        this.showNothing(message.message);
        return;
    }
  }

  private show(shown: Shown): void {
    const { difference, sources } = shown;
    this.remember({ sources });
    const totals = new SortableTable({
      caption: l10n.t("The whole model"),
      columns: TOTAL_COLUMNS,
      rows: difference.totals,
      nameColumn: "name",
    });
    const layers = element("section", { class: "layers", attributes: { "aria-label": l10n.t("Layers") } });
    layers.append(this.tableOf(difference).element);
    const content = element("div", { class: "comparison" }, totals.element, this.chart.element, layers);
    this.root.replaceChildren(headOf(shown), content);
    this.drawChart(difference.layers);
  }

  private tableOf({ layers }: ReportDifference): SortableTable<LayerRow> {
    const rows = layers.map((layer, index) => ({ index, layer }));
    return new SortableTable<LayerRow>({
      caption: l10n.t("Layers: {0}", countText(rows.length)),
      columns: layerColumns(rows),
      rows,
      nameColumn: "name",
      framed: true,
      sort: this.state.sort,
      onSort: (sort) => {
        this.remember({ sort });
      },
    });
  }

  private drawChart(layers: readonly LayerDifference[]): void {
    const decibels = (side: "before" | "after") =>
      layers.map(({ sqnr }) => (typeof sqnr[side] === "number" ? sqnr[side] : null));
    const shown = {
      labels: layers.map(({ name }) => shortened(nameText(name), MAX_LABEL_LENGTH)),
      before: decibels("before"),
      after: decibels("after"),
      x: "",
      y: "dB",
      slanted: true,
      title: (column: number) => nameText(layers[column].name),
      lines: (column: number) => [
        l10n.t("before: {0}", figureOf(layers[column].sqnr.before, "decibels")),
        l10n.t("after: {0}", figureOf(layers[column].sqnr.after, "decibels")),
      ],
    };
    this.chart.show(shown, chartSentence(layers));
  }

  private showNothing(message: string): void {
    const choose = button({ text: l10n.t("Compare Reports…"), appearance: "primary" }, () => {
      reportComparisonHost.send({ kind: "choose" });
    });
    showEmpty(this.root, l10n.t("Nothing to compare"), message, choose);
  }

  private remember(change: Partial<ReturnType<typeof stateOf>>): void {
    this.state = { ...this.state, ...change };
    saveState(this.state);
  }
}

function headOf({ difference, names }: Shown): HTMLElement {
  const { before, after, cautions } = difference;
  const send = (kind: "swap" | "choose" | "export") => () => {
    reportComparisonHost.send({ kind });
  };
  const side = (label: string, text: string): HTMLElement =>
    element("div", {}, element("dt", { text: label }), element("dd", { text }));
  const about = element(
    "div",
    {},
    element("h1", { text: l10n.t("{0}: before and after", nameText(after.model)) }),
    element(
      "dl",
      { class: "sides" },
      side(l10n.t("Before"), sideText(names.before, before)),
      side(l10n.t("After"), sideText(names.after, after)),
    ),
    element("p", { class: "quiet", text: verdictSentence(difference) }),
    ...cautions.map((text) => element("p", { class: "warning", text, attributes: { role: "note" } })),
  );
  const actions = element(
    "div",
    { class: "actions" },
    button({ text: l10n.t("Swap") }, send("swap")),
    button({ text: l10n.t("Other Reports…") }, send("choose")),
    button({ text: l10n.t("Export…") }, send("export")),
  );
  return element("header", { class: "page-head" }, about, actions);
}

registerToolkit();
showTitlesOnFocus();
const page = new ReportComparisonPage();
reportComparisonHost.onMessage((message) => {
  page.receive(message);
});
reportComparisonHost.send({ kind: "ready" });
