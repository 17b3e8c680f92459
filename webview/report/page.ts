/** The report panel's page: what quantizing a model costs, layer by layer. */
import "../shared/words";
import * as l10n from "@vscode/l10n";
import type { ExportFormat, ReportSnapshot, ToReportPage } from "../../src/protocol/webview";
import { element, pageRoot } from "../shared/dom";
import { countText, nameText } from "../shared/format";
import { showTitlesOnFocus } from "../shared/focus-titles";
import { savedState, saveState } from "../shared/host";
import { reportHost } from "./host";
import { showEmpty } from "../shared/notices";
import { SortableTable } from "../shared/sortable-table";
import { button, registerToolkit } from "../shared/toolkit";
import { layersCsv } from "./csv";
import { TrialView } from "./equalization/trial-view";
import { InferenceView } from "./inference/inference-view";
import { LayerDetail } from "./layer-detail";
import { LAYER_COLUMNS, layerRows, type LayerRow } from "./layer-table";
import { hasNoise } from "./noise/figures";
import { noiseColumns, noiseSort } from "./noise/columns";
import { NoiseView } from "./noise/noise-view";
import { chartsPng } from "../shared/png";
import { SqnrChart } from "./sqnr-chart";
import { initialLayer, stateOf } from "./state";
import { summaryOf } from "./summary";
import { onThemeChange, readTheme } from "../shared/theme";
import { onViewChange, restoreView } from "../shared/view-memory";
import "./page.css";

class ReportPage {
  private readonly root = pageRoot();
  private readonly summary = element("div");
  private readonly layers = element("section", { class: "layers", attributes: { "aria-label": l10n.t("Layers") } });
  private readonly sqnr: SqnrChart;
  private readonly noise: NoiseView;
  private readonly detail: LayerDetail;
  private readonly inference: InferenceView;
  private readonly trial: TrialView;
  private readonly content = element("div", { class: "report" });
  private table: SortableTable<LayerRow> | undefined;
  private theme = readTheme();
  private state = stateOf(savedState());
  private snapshot: ReportSnapshot | undefined;

  constructor() {
    const choose = (layer: number): void => {
      this.choose(layer);
    };
    this.sqnr = new SqnrChart(this.theme, choose);
    this.noise = new NoiseView(this.theme, choose);
    this.inference = new InferenceView(this.theme);
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
    this.trial = new TrialView(this.theme, {
      try: (settings) => {
        reportHost.send({ kind: "try-equalization", settings });
      },
      cancel: () => {
        reportHost.send({ kind: "cancel-trial" });
      },
      use: () => {
        reportHost.send({ kind: "use-trial" });
      },
    });
    onViewChange(this.root, (view) => {
      this.remember(view);
    });
    onThemeChange((theme) => {
      this.theme = theme;
      this.trial.setTheme(theme);
      this.sqnr.setTheme(theme);
      this.noise.setTheme(theme);
      this.detail.setTheme(theme);
      this.inference.setTheme(theme);
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
      case "trial":
        this.trial.show(message.state);
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
    const isFirst = this.snapshot === undefined;
    this.snapshot = snapshot;
    this.summary.replaceChildren(summaryOf(snapshot));
    const measured = hasNoise(snapshot.report);
    this.table = this.tableOf(snapshot, measured);
    this.layers.replaceChildren(this.table.element);
    this.content.classList.toggle("measured", measured);
    const overview = measured ? this.noise.element : this.sqnr.element;
    const trial = measured && snapshot.canQuantize ? [this.trial.element] : [];
    const { inference } = snapshot.report;
    const integers = inference === null ? [] : [this.inference.element];
    this.content.replaceChildren(this.summary, overview, ...trial, this.layers, this.detail.element, ...integers);
    this.trial.begin(snapshot.report);
    if (!this.content.isConnected) this.root.replaceChildren(this.content);
    if (measured) this.noise.show(snapshot.report, this.table.shownOrder);
    else this.sqnr.show(snapshot);
    if (inference !== null) this.inference.show(inference);
    const layer = initialLayer(snapshot, this.state);
    this.detail.element.hidden = layer === null;
    if (layer !== null) this.select(layer);
    if (isFirst) restoreView(this.root, this.state);
    requestAnimationFrame(() => {
      setTimeout(() => performance.mark("bitwright:painted"));
    });
  }

  /** Sorted as it was left; where noise was measured, by sensitivity until the user wants another order. */
  private tableOf(snapshot: ReportSnapshot, measured: boolean): SortableTable<LayerRow> {
    const rows = layerRows(snapshot);
    const columns = measured ? noiseColumns(rows) : LAYER_COLUMNS;
    const { sort } = this.state;
    const known = sort !== null && columns.some(({ id }) => id === sort.column);
    const table = new SortableTable<LayerRow>({
      caption: l10n.t("Layers: {0}", countText(rows.length)),
      columns,
      rows,
      nameColumn: "name",
      framed: true,
      sort: known || !measured ? sort : noiseSort(columns),
      onSort: (chosen) => {
        this.remember({ sort: chosen });
        if (measured) this.noise.show(snapshot.report, table.shownOrder);
      },
      onSelect: (layer) => {
        this.choose(layer);
      },
    });
    return table;
  }

  private showNothing(): void {
    const quantize = button({ text: l10n.t("Quantize Model…"), appearance: "primary" }, () => {
      reportHost.send({ kind: "quantize" });
    });
    const text = l10n.t("The report of the last quantization is gone, or there was none yet in this workspace.");
    showEmpty(this.root, l10n.t("No report"), text, quantize);
  }

  /** The user's choice, which the extension is told. */
  private choose(layer: number): void {
    this.select(layer);
    reportHost.send({ kind: "select", layer });
  }

  private select(index: number): void {
    const layer = this.snapshot?.report.layers.at(index);
    if (this.snapshot === undefined || layer === undefined) return;
    this.table?.select(index);
    this.sqnr.select(index);
    this.noise.select(index);
    this.detail.show(layer, index, this.snapshot.report, this.snapshot.canQuantize);
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
    const { inference, layers, model } = this.snapshot.report;
    const layer = this.state.layer === null ? undefined : layers.at(this.state.layer);
    const name = layer === undefined ? "" : nameText(layer.name);
    const overview = hasNoise(this.snapshot.report)
      ? [
          {
            title: l10n.t("isolated SQNR of weights, activations and both, in dB"),
            canvas: this.noise.isolated.canvas,
          },
          { title: l10n.t("measured against predicted SQNR"), canvas: this.noise.prediction.canvas },
        ]
      : [{ title: l10n.t("SQNR of the weights, layer by layer, in dB"), canvas: this.sqnr.canvas }];
    const pictures = [
      ...overview.map(({ title, canvas }) => ({ title: titled(nameText(model.name), title), canvas })),
      ...(inference === null
        ? []
        : [
            {
              title: titled(nameText(model.name), l10n.t("RAM over time, in bytes")),
              canvas: this.inference.memory.canvas,
            },
          ]),
      ...(layer === undefined
        ? []
        : [
            ...this.detail.noise.canvases.map(({ title, canvas }) => ({ title: titled(name, title), canvas })),
            { title: titled(name, l10n.t("range of every output channel")), canvas: this.detail.channels.canvas },
            {
              title: titled(name, l10n.t("distribution of the weights before and after")),
              canvas: this.detail.histogram.canvas,
            },
            ...this.detail.equalization.canvases.map(({ title, canvas }) => ({ title: titled(name, title), canvas })),
          ]),
    ];
    reportHost.send({ kind: "export-png", base64: chartsPng(pictures, this.theme) });
  }
}

/** The heading of an exported chart. */
function titled(of: string, title: string): string {
  return l10n.t("{0}: {1}", of, title);
}

registerToolkit();
showTitlesOnFocus();
const page = new ReportPage();
reportHost.onMessage((message) => {
  page.receive(message);
});
reportHost.send({ kind: "ready" });
