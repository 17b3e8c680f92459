/** The head of the report: which model, what it takes, what it lost, which files. */
import { schemeDefinitions } from "../../src/protocol/scheme-definitions";
import { settingsText } from "../../src/protocol/layer-settings";
import type { Report } from "../../src/protocol/report";
import type { ReportSnapshot } from "../../src/protocol/webview";
import { element } from "../shared/dom";
import { factList, type Fact } from "../shared/facts";
import { bytesText, countText, decibelText, nameText, percentText } from "../shared/format";
import { reportHost } from "./host";
import { button } from "../shared/toolkit";

export function summaryOf(snapshot: ReportSnapshot): DocumentFragment {
  const { report, canQuantize } = snapshot;
  const quantize = button(
    {
      text: "Quantize Again…",
      ...(canQuantize ? {} : { disabledBecause: "Quantizing writes files and needs a trusted workspace." }),
    },
    () => {
      reportHost.send({ kind: "quantize" });
    },
  );
  const analyze = button(
    {
      text: "Analyze Noise…",
      ...(canQuantize ? {} : { disabledBecause: "Analyzing runs the model and needs a trusted workspace." }),
    },
    () => {
      reportHost.send({ kind: "analyze" });
    },
  );
  const compare = button({ text: "Compare With…" }, () => {
    reportHost.send({ kind: "compare-reports" });
  });
  const save = button({ text: "Export…" }, () => {
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
      label: "Scheme",
      value: schemeText(report),
      definition: "scheme",
      moreDefinitions: schemeDefinitions(report.layers.map(({ scheme }) => scheme)),
    },
    {
      label: "Flash",
      value: bytesText(totals.bytes),
      note: `${percentText(share)} of ${bytesText(totals.floatBytes)} in float`,
      definition: "flash",
    },
    { label: "Overall SQNR", value: totals.exact ? "exact" : decibelText(totals.sqnrDb), definition: "overallSqnr" },
    {
      label: "Layers",
      value: countText(report.layers.length),
      note: low === 0 ? `none below ${lowSqnrDb} dB` : `${countText(low)} below ${lowSqnrDb} dB`,
      definition: "lowSqnr",
    },
    {
      label: "Parameters in layers",
      value: countText(totals.parameters),
      note: `of ${countText(report.model.parameters)} in the model`,
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
    const within = interval === null ? "" : `, 95 %: ${percentText(interval[0])} to ${percentText(interval[1])}`;
    const note = `float ${percentText(floatAccuracy)}${within}`;
    facts.push({ label: "Accuracy", value: percentText(quantizedAccuracy), note, definition: "accuracy" });
  }
  if (agreement !== null) {
    const note = `of ${countText(model.evaluationSamples)} samples`;
    facts.push({ label: "Agreement", value: percentText(agreement), note, definition: "agreement" });
  }
  const output = model.outputExact ? "exact" : decibelText(model.outputSqnrDb);
  facts.push({ label: "Output SQNR", value: output, note: "a diagnostic", definition: "outputSqnr" });
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
  if (schemes.size > 1) return `${schemes.size} schemes`;
  return schemes.values().next().value ?? "float";
}

function fileList({ artifacts }: Report): HTMLElement {
  const items = artifacts.map(({ path, bytes }, artifact) => {
    const open = element("button", { class: "link", text: path, attributes: { type: "button" } });
    open.addEventListener("click", () => {
      reportHost.send({ kind: "open-artifact", artifact });
    });
    return element("li", {}, open, element("span", { class: "quiet", text: ` ${bytesText(bytes)}` }));
  });
  return element("ul", { class: "files", attributes: { "aria-label": "Generated files" } }, ...items);
}

function noteList(notes: readonly string[]): HTMLElement {
  const list = element("ul", {}, ...notes.map((text) => element("li", { text })));
  const heading = notes.length === 1 ? "1 note" : `${countText(notes.length)} notes`;
  return element(
    "details",
    { class: "notes", attributes: { "data-view": "notes" } },
    element("summary", { text: heading }),
    list,
  );
}
