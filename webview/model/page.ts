/** The page of the model editor: what is in an ONNX file. */
import * as l10n from "@vscode/l10n";
import "../shared/words";
import type { ReportSnapshot, ToModelPage } from "../../src/protocol/webview";
import { element, pageRoot } from "../shared/dom";
import { factList } from "../shared/facts";
import { bytesText, countText, nameText } from "../shared/format";
import { savedState, saveState } from "../shared/host";
import { opsetText, parameterFact, valuesText } from "../shared/model-facts";
import { showFailure, showProgress } from "../shared/notices";
import { modelHost } from "./host";
import { sortOf, type Sort } from "../shared/sort";
import { SortableTable } from "../shared/sortable-table";
import { button, registerToolkit } from "../shared/toolkit";
import { LAYER_COLUMNS, UNQUANTIZABLE_COLUMNS, type IndexedLayer } from "./layer-table";
import "./page.css";

const UNTRUSTED = l10n.t("Quantizing writes files and needs a trusted workspace.");

class ModelPage {
  private readonly root = pageRoot();
  private layers: SortableTable<IndexedLayer> | undefined;
  private sort: Sort | null = sortOf(savedState());

  receive(message: ToModelPage): void {
    switch (message.kind) {
      case "progress":
        showProgress(this.root, message.step, message.share);
        return;
      case "report":
        this.show(message);
        return;
      case "select":
        this.layers?.select(message.layer);
        return;
      case "failed":
        showFailure(this.root, message.code, message.message);
        return;
    }
  }

  private show(snapshot: ReportSnapshot): void {
    const { report } = snapshot;
    const content = document.createDocumentFragment();
    content.append(head(snapshot), facts(snapshot));
    if (report.layers.length > 0) content.append(this.layerSection(snapshot));
    if (report.unquantizable.length > 0) content.append(unquantizableSection(snapshot));
    if (report.notes.length > 0) content.append(notesSection(report.notes));
    this.root.replaceChildren(content);
    if (snapshot.selectedLayer !== null) this.layers?.select(snapshot.selectedLayer);
  }

  private layerSection({ report }: ReportSnapshot): HTMLElement {
    this.layers = new SortableTable({
      caption: report.layers.length === 1 ? l10n.t("1 layer") : l10n.t("{0} layers", countText(report.layers.length)),
      columns: LAYER_COLUMNS,
      rows: report.layers.map((layer, index) => ({ index, layer })),
      nameColumn: "name",
      sort: this.sort,
      onSort: (sort) => {
        this.sort = sort;
        saveState(sort);
      },
      onSelect: (layer) => {
        this.layers?.select(layer);
        modelHost.send({ kind: "select", layer });
      },
    });
    return element("section", {}, this.layers.element);
  }
}

/** Why the model cannot be quantized; null where it can. */
function problemOf({ report, canQuantize }: ReportSnapshot): string | null {
  if (report.layers.length === 0)
    return l10n.t("This model has no layer whose weights could be quantized; it may be quantized already.");
  return canQuantize ? null : UNTRUSTED;
}

function head(snapshot: ReportSnapshot): HTMLElement {
  const problem = problemOf(snapshot);
  const { report } = snapshot;
  const quantize = button(
    { text: l10n.t("Quantize…"), appearance: "primary", ...(problem === null ? {} : { disabledBecause: problem }) },
    () => {
      modelHost.send({ kind: "quantize" });
    },
  );
  const action = element("div", { class: "actions" }, quantize);
  if (problem !== null) action.append(element("p", { class: "quiet", text: problem }));
  return element("header", { class: "page-head" }, element("h1", { text: nameText(report.model.name) }), action);
}

function facts({ report }: ReportSnapshot): HTMLElement {
  const { model } = report;
  return factList([
    parameterFact(model),
    { label: l10n.t("File"), value: bytesText(model.bytes), title: `SHA-256 ${model.sha256}` },
    { label: l10n.t("Producer"), value: model.producer === "" ? l10n.t("not named") : nameText(model.producer) },
    { label: l10n.t("Opset"), value: opsetText(model), note: l10n.t("IR version {0}", model.irVersion) },
    { label: model.inputs.length === 1 ? l10n.t("Input") : l10n.t("Inputs"), value: valuesText(model.inputs) },
    { label: model.outputs.length === 1 ? l10n.t("Output") : l10n.t("Outputs"), value: valuesText(model.outputs) },
  ]);
}

function unquantizableSection({ report }: ReportSnapshot): HTMLElement {
  const { element: table } = new SortableTable({
    caption: l10n.t("Cannot be quantized"),
    columns: UNQUANTIZABLE_COLUMNS,
    rows: report.unquantizable,
    nameColumn: "name",
  });
  return element("section", {}, table);
}

function notesSection(notes: readonly string[]): HTMLElement {
  const list = element("ul", { class: "notes" }, ...notes.map((text) => element("li", { text })));
  return element("section", {}, element("h2", { text: l10n.t("Notes") }), list);
}

registerToolkit();
const page = new ModelPage();
modelHost.onMessage((message) => {
  page.receive(message);
});
modelHost.send({ kind: "ready" });
