/** The page that shows what equalization and bias correction do to one network. */
import "../shared/words";
import * as l10n from "@vscode/l10n";
import type { EqualizationComparison } from "../../src/protocol/equalization-comparison";
import type { ToEqualizationPage } from "../../src/protocol/equalization-page";
import { element, pageRoot } from "../shared/dom";
import { countText, nameText } from "../shared/format";
import { showTitlesOnFocus } from "../shared/focus-titles";
import { savedState, saveState } from "../shared/host";
import { notesHeading, showEmpty } from "../shared/notices";
import { chartsPng } from "../shared/png";
import { onThemeChange, readTheme } from "../shared/theme";
import { button, registerToolkit } from "../shared/toolkit";
import { equalizationCsv } from "./csv";
import { equalizationHost } from "./host";
import { outcomesOf, outcomeText } from "./outcomes";
import { quantityChoice } from "./quantity-choice";
import { aboutText, chosenSentence, layerSentence, quantityText } from "./sentences";
import { SqnrLines } from "./sqnr-lines";
import { stateFor, type PageState } from "./state";
import { layerTable, outcomeTable } from "./tables";
import "./page.css";

const UNTRUSTED = l10n.t("This writes files and needs a trusted workspace.");

class EqualizationPage {
  private readonly root = pageRoot();
  private readonly announced = element("p", { class: "quiet layer-line", attributes: { role: "status" } });
  private readonly layers = element("div");
  private readonly disclosure = element(
    "details",
    {},
    element("summary", { text: l10n.t("Layers as a table") }),
    this.layers,
  );
  private theme = readTheme();
  private lines: SqnrLines | undefined;
  private comparison: EqualizationComparison | undefined;
  private state: PageState | undefined;

  constructor() {
    onThemeChange((theme) => {
      this.theme = theme;
      this.lines?.setTheme(theme);
    });
    this.disclosure.addEventListener("toggle", () => {
      this.remember({ isOpen: this.disclosure.open });
      this.fillTable();
    });
  }

  receive(message: ToEqualizationPage): void {
    if (message.kind === "comparison") this.show(message.comparison, message.canWrite);
    else this.showNothing();
  }

  private show(comparison: EqualizationComparison, canWrite: boolean): void {
    this.comparison = comparison;
    const state = stateFor(comparison, savedState());
    this.state = state;
    const outcomes = outcomesOf(comparison);
    const quantize = button(
      {
        text: l10n.t("Quantize with This…"),
        appearance: "primary",
        ...(canWrite ? {} : { disabledBecause: UNTRUSTED }),
      },
      () => {
        const { variant, outcome } = outcomes[this.state?.outcome ?? state.outcome];
        equalizationHost.send({ kind: "quantize", variant, outcome });
      },
    );
    const table = outcomeTable(comparison, (index) => {
      choose(index);
    });
    const choice = element("p", { class: "quiet", attributes: { role: "status" } });
    const choose = (index: number): void => {
      this.remember({ outcome: index });
      table.select(index);
      choice.textContent = chosenSentence(outcomes[index]);
      quantize.title = canWrite ? outcomeText(outcomes[index]) : UNTRUSTED;
    };
    this.lines = new SqnrLines(comparison, this.theme, (layer) => {
      this.remember({ layer });
      this.showLayer();
    });
    const choices = quantityChoice(state.quantity, (quantity) => {
      this.remember({ quantity });
      this.showQuantity();
    });
    this.root.replaceChildren(
      head(comparison, quantize, () => {
        this.exportPng();
      }),
      element("section", { class: "outcomes", attributes: { "aria-label": l10n.t("Network") } }, table.element, choice),
      element(
        "section",
        { class: "lines", attributes: { "aria-label": l10n.t("Layers") } },
        choices,
        this.lines.element,
        this.announced,
        this.disclosure,
      ),
      ...remarks(comparison),
    );
    choose(state.outcome);
    this.disclosure.open = state.isOpen;
    this.showQuantity();
  }

  private showNothing(): void {
    const compare = button({ text: l10n.t("Compare Equalization…"), appearance: "primary" }, () => {
      equalizationHost.send({ kind: "compare" });
    });
    showEmpty(this.root, l10n.t("No comparison"), l10n.t("The last comparison of this workspace is gone."), compare);
  }

  private remember(news: Partial<PageState>): void {
    if (this.state === undefined) return;
    this.state = { ...this.state, ...news };
    saveState(this.state);
  }

  private showQuantity(): void {
    if (this.state === undefined) return;
    this.lines?.show(this.state.quantity);
    this.showLayer();
    this.fillTable();
  }

  private showLayer(): void {
    if (this.comparison === undefined || this.state === undefined) return;
    const { layer, quantity } = this.state;
    this.lines?.select(layer);
    this.announced.textContent = layer < 0 ? "" : layerSentence(this.comparison, layer, quantity);
  }

  /** Rows are made only where they are looked at. */
  private fillTable(): void {
    if (this.comparison === undefined || this.state === undefined) return;
    const { quantity } = this.state;
    this.layers.replaceChildren(...(this.disclosure.open ? [layerTable(this.comparison, quantity)] : []));
  }

  private exportPng(): void {
    if (this.comparison === undefined || this.lines === undefined || this.state === undefined) return;
    const labels = this.comparison.variants.map(({ label }) => label).join(", ");
    const title = l10n.t(
      "{0}: SQNR of single layers, {1}, in dB ({2})",
      nameText(this.comparison.model.name),
      quantityText(this.state.quantity),
      labels,
    );
    const pictures = [{ title, canvas: this.lines.canvas }];
    equalizationHost.send({ kind: "export-png", base64: chartsPng(pictures, this.theme) });
  }
}

function head(comparison: EqualizationComparison, quantize: HTMLElement, exportPng: () => void): HTMLElement {
  const compare = button({ text: l10n.t("Other Data…") }, () => {
    equalizationHost.send({ kind: "compare" });
  });
  const csv = button({ text: l10n.t("Export CSV…") }, () => {
    equalizationHost.send({ kind: "export-csv", text: equalizationCsv(comparison) });
  });
  const png = button({ text: l10n.t("Export PNG…") }, exportPng);
  return element(
    "header",
    { class: "page-head" },
    element(
      "div",
      {},
      element("h1", { text: nameText(comparison.model.name) }),
      element("p", { class: "quiet", text: aboutText(comparison) }),
    ),
    element("div", { class: "actions" }, quantize, compare, csv, png),
  );
}

/** Warnings first, then what was left, and notes. */
function remarks({ variants, notes }: EqualizationComparison): HTMLElement[] {
  const random = notes.find((note) => note.includes("random numbers"));
  const left = variants.at(-1)?.left ?? [];
  return [
    ...(random === undefined ? [] : [element("p", { class: "warning", text: random, attributes: { role: "note" } })]),
    ...list(
      left.length === 1
        ? l10n.t("Not equalized: 1 layer")
        : l10n.t("Not equalized: {0} layers", countText(left.length)),
      left.map(({ layer, reason }) => `${nameText(layer)}: ${reason}`),
    ),
    ...list(notesHeading(notes.length), notes),
  ];
}

function list(heading: string, lines: readonly string[]): HTMLElement[] {
  if (lines.length === 0) return [];
  const items = element("ul", {}, ...lines.map((text) => element("li", { text })));
  return [element("details", { class: "notes" }, element("summary", { text: heading }), items)];
}

registerToolkit();
showTitlesOnFocus();
const page = new EqualizationPage();
equalizationHost.onMessage((message) => {
  page.receive(message);
});
equalizationHost.send({ kind: "ready" });
