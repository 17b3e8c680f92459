/** The head of the report: which model, what it takes, what it lost, which files. */
import * as l10n from "@vscode/l10n";
import { schemeDefinitions } from "../../src/protocol/scheme-definitions";
import { settingsText } from "../../src/protocol/layer-settings";
import type { Report } from "../../src/protocol/report";
import type { ReportSnapshot } from "../../src/protocol/webview";
import { element } from "../shared/dom";
import { translated } from "../shared/definitions";
import { factList, type Fact } from "../shared/facts";
import { bytesText, countText, decibelText, figureText, nameText, percentText, sqnrText } from "../shared/format";
import { notesHeading } from "../shared/notices";
import { reportHost } from "./host";
import { button } from "../shared/toolkit";

export function summaryOf(snapshot: ReportSnapshot): DocumentFragment {
  const { report, canQuantize } = snapshot;
  const quantize = button(
    {
      text: l10n.t("Quantize Again…"),
      ...(canQuantize ? {} : { disabledBecause: l10n.t("Quantizing writes files and needs a trusted workspace.") }),
    },
    () => {
      reportHost.send({ kind: "quantize" });
    },
  );
  const analyze = button(
    {
      text: l10n.t("Analyze Noise…"),
      ...(canQuantize ? {} : { disabledBecause: l10n.t("Analyzing runs the model and needs a trusted workspace.") }),
    },
    () => {
      reportHost.send({ kind: "analyze" });
    },
  );
  const compare = button({ text: l10n.t("Compare With…") }, () => {
    reportHost.send({ kind: "compare-reports" });
  });
  const save = button({ text: l10n.t("Export…") }, () => {
    reportHost.send({ kind: "export" });
  });
  const summary = document.createDocumentFragment();
  summary.append(
    element(
      "header",
      { class: "page-head" },
      element("h1", { text: nameText(report.model.name) }),
      element("div", { class: "actions" }, quantize, analyze, compare, save),
    ),
    factList([...factsOf(snapshot), ...lossFacts(report.model)]),
    ...randomWarning(report),
  );
  if (report.artifacts.length > 0) summary.append(fileList(report));
  if (report.notes.length > 0) summary.append(noteList(report.notes));
  return summary;
}

function factsOf({ report, grades, lowSqnrDb }: ReportSnapshot): Fact[] {
  const { totals } = report;
  const low = grades.filter((grade) => grade === "low" || grade === "very-low").length;
  const share = totals.floatBytes === 0 ? 1 : totals.bytes / totals.floatBytes;
  return [
    {
      label: l10n.t("Scheme"),
      value: schemeText(report),
      definition: "scheme",
      moreDefinitions: schemeDefinitions(report.layers.map(({ scheme }) => scheme)).map(translated),
    },
    {
      label: l10n.t("Flash"),
      value: bytesText(totals.bytes),
      note: l10n.t("{0} of {1} in float", percentText(share), bytesText(totals.floatBytes)),
      definition: "flash",
    },
    {
      label: l10n.t("Overall SQNR"),
      value: sqnrText(totals),
      definition: "overallSqnr",
    },
    {
      label: l10n.t("Layers"),
      value: countText(report.layers.length),
      note:
        low === 0
          ? l10n.t("none below {0} dB", figureText(lowSqnrDb))
          : l10n.t("{0} below {1} dB", countText(low), figureText(lowSqnrDb)),
      definition: "lowSqnr",
    },
    {
      label: l10n.t("Parameters in layers"),
      value: countText(totals.parameters),
      note: l10n.t("of {0} in the model", countText(report.model.parameters)),
      definition: "parameters",
    },
  ];
}

/** What the model loses, measured on data. */
function lossFacts(model: Report["model"]): Fact[] {
  const { floatAccuracy, quantizedAccuracy, quantizedAccuracyInterval: interval, agreement } = model;
  if (model.evaluationSamples === 0) return [];
  const facts: Fact[] = [];
  if (floatAccuracy !== null && quantizedAccuracy !== null) {
    const float = percentText(floatAccuracy);
    const note =
      interval === null
        ? l10n.t("float {0}", float)
        : l10n.t("float {0}, 95 %: {1} to {2}", float, percentText(interval[0]), percentText(interval[1]));
    facts.push({ label: l10n.t("Accuracy"), value: percentText(quantizedAccuracy), note, definition: "accuracy" });
  }
  if (agreement !== null) {
    const note = l10n.t("of {0} samples", countText(model.evaluationSamples));
    facts.push({ label: l10n.t("Agreement"), value: percentText(agreement), note, definition: "agreement" });
  }
  const output = decibelText(model.outputExact ? null : model.outputSqnrDb);
  facts.push({ label: l10n.t("Output SQNR"), value: output, note: l10n.t("a diagnostic"), definition: "outputSqnr" });
  return facts;
}

/** Figures that were made with random numbers say so where they are read. */
function randomWarning({ notes }: Report): HTMLElement[] {
  const text = notes.find((note) => note.includes("random numbers"));
  return text === undefined ? [] : [element("p", { class: "warning", text, attributes: { role: "note" } })];
}

/** The scheme of all quantized layers, or that there are several. */
function schemeText({ layers }: Report): string {
  const schemes = new Set(layers.filter(({ settings }) => settings !== null).map(settingsText));
  if (schemes.size > 1) return l10n.t("{0} schemes", schemes.size);
  return schemes.values().next().value ?? l10n.t("float");
}

function fileList({ artifacts }: Report): HTMLElement {
  const items = artifacts.map(({ path, bytes }, artifact) => {
    const open = element("button", { class: "link", text: path, attributes: { type: "button" } });
    open.addEventListener("click", () => {
      reportHost.send({ kind: "open-artifact", artifact });
    });
    return element("li", {}, open, element("span", { class: "quiet", text: ` ${bytesText(bytes)}` }));
  });
  return element("ul", { class: "files", attributes: { "aria-label": l10n.t("Generated files") } }, ...items);
}

function noteList(notes: readonly string[]): HTMLElement {
  const list = element("ul", {}, ...notes.map((text) => element("li", { text })));
  const heading = notesHeading(notes.length);
  return element(
    "details",
    { class: "notes", attributes: { "data-view": "notes" } },
    element("summary", { text: heading }),
    list,
  );
}
