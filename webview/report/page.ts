/** The report panel's page: what quantizing a model costs, layer by layer. */
import type { ExportFormat, ReportSnapshot, ToReportPage } from "../../src/protocol/webview";
import { element, pageRoot } from "../shared/dom";
import { nameText } from "../shared/format";
import { savedState, saveState } from "../shared/host";
import { reportHost } from "./host";
import { showEmpty } from "../shared/notices";
import { SortableTable } from "../shared/sortable-table";
import { button, registerToolkit } from "../shared/toolkit";
import { layersCsv } from "./csv";
import { LayerDetail } from "./layer-detail";
import { LAYER_COLUMNS, layerRows, type LayerRow } from "./layer-table";
import { chartsPng } from "./png";
import { SqnrChart } from "./sqnr-chart";
import { initialLayer, stateOf } from "./state";
import { summaryOf } from "./summary";
import { onThemeChange, readTheme } from "../shared/theme";
import "./page.css";

class ReportPage {
  private readonly root = pageRoot();
  private readonly summary = element("div");
  private readonly layers = element("section", { class: "layers", attributes: { "aria-label": "Layers" } });
  private readonly sqnr: SqnrChart;
  private readonly detail: LayerDetail;
  private readonly content: HTMLElement;
  private table: SortableTable<LayerRow> | undefined;
  private theme = readTheme();
  private state = stateOf(savedState());
  private snapshot: ReportSnapshot | undefined;

  constructor() {
    this.sqnr = new SqnrChart(this.theme, (layer) => {
      this.choose(layer);
    });
    this.detail = new LayerDetail(this.theme, {
      useAlternative: (layer, alternative) => {
        reportHost.send({ kind: "use-alternative", layer, alternative });
      },
      keepFloat: (layer) => {
        reportHost.send({ kind: "keep-float", layer });
      },
      quantizeLayer: (layer) => {
        reportHost.send({ kind: "quantize-layer", layer });
      },
    });
    this.content = element(
      "div",
      { class: "report" },
      this.summary,
      this.sqnr.element,
      this.layers,
      this.detail.element,
    );
    onThemeChange((theme) => {
      this.theme = theme;
      this.sqnr.setTheme(theme);
      this.detail.setTheme(theme);
    });
  }

  receive(message: ToReportPage): void {
    switch (message.kind) {
      case "report":
        this.show(message);
        return;
      case "select":
        this.select(message.layer);
        return;
      case "export":
        this.export(message.format);
        return;
      case "diagnosis":
        this.detail.showDiagnosis(message.layer, message.state);
        return;
      case "empty":
        this.showNothing();
        return;
    }
  }

  private show(snapshot: ReportSnapshot): void {
    performance.mark("bitwright:data");
    this.snapshot = snapshot;
    const actions = {
      exportCsv: () => {
        this.export("csv");
      },
      exportPng: () => {
        this.export("png");
      },
    };
    this.summary.replaceChildren(summaryOf(snapshot, actions));
    this.table = new SortableTable({
      caption: "Layers",
      columns: LAYER_COLUMNS,
      rows: layerRows(snapshot),
      nameColumn: "name",
      sort: this.state.sort,
      onSort: (sort) => {
        this.remember({ sort });
      },
      onSelect: (layer) => {
        this.choose(layer);
      },
    });
    this.layers.replaceChildren(this.table.element);
    if (!this.content.isConnected) this.root.replaceChildren(this.content);
    this.sqnr.show(snapshot);
    const layer = initialLayer(snapshot, this.state);
    this.detail.element.hidden = layer === null;
    if (layer !== null) this.select(layer);
    requestAnimationFrame(() => {
      setTimeout(() => performance.mark("bitwright:painted"));
    });
  }

  private showNothing(): void {
    const quantize = button({ text: "Quantize Model…", appearance: "primary" }, () => {
      reportHost.send({ kind: "quantize" });
    });
    const text = "The report of the last quantization is gone, or there was none yet in this workspace.";
    showEmpty(this.root, "No report", text, quantize);
  }

  /** The user's choice, which the extension is told. */
  private choose(layer: number): void {
    this.select(layer);
    reportHost.send({ kind: "select", layer });
  }

  private select(index: number): void {
    const layer = this.snapshot?.report.layers.at(index);
    if (layer === undefined) return;
    this.table?.select(index);
    this.sqnr.select(index);
    this.detail.show(layer, index, this.snapshot?.canQuantize === true);
    reportHost.send({ kind: "diagnose", layer: index });
    this.remember({ layer: index });
  }

  private remember(change: Partial<ReturnType<typeof stateOf>>): void {
    this.state = { ...this.state, sha256: this.snapshot?.report.model.sha256 ?? "", ...change };
    saveState(this.state);
  }

  private export(format: ExportFormat): void {
    if (this.snapshot === undefined) return;
    if (format === "csv") {
      reportHost.send({ kind: "export-csv", text: layersCsv(this.snapshot.report) });
      return;
    }
    const { layers, model } = this.snapshot.report;
    const layer = this.state.layer === null ? undefined : layers.at(this.state.layer);
    const name = layer === undefined ? "" : nameText(layer.name);
    const pictures = [
      { title: `${nameText(model.name)}: SQNR of the weights, layer by layer, in dB`, canvas: this.sqnr.canvas },
      ...(layer === undefined
        ? []
        : [
            { title: `${name}: range of every output channel`, canvas: this.detail.channels.canvas },
            { title: `${name}: distribution of the weights before and after`, canvas: this.detail.histogram.canvas },
          ]),
    ];
    reportHost.send({ kind: "export-png", base64: chartsPng(pictures, this.theme) });
  }
}

registerToolkit();
const page = new ReportPage();
reportHost.onMessage((message) => {
  page.receive(message);
});
reportHost.send({ kind: "ready" });
