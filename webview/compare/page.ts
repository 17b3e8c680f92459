/** The page of the comparison panel: candidate schemes for every layer, side by side. */
import "../shared/words";
import * as l10n from "@vscode/l10n";
import type { Comparison } from "../../src/protocol/comparison";
import type { ChosenMixture, ToComparisonPage } from "../../src/protocol/comparison-page";
import { element, pageRoot } from "../shared/dom";
import { factList } from "../shared/facts";
import { bytesText, countText, decibelText, nameText, percentText } from "../shared/format";
import { savedState, saveState } from "../shared/host";
import { showEmpty } from "../shared/notices";
import { sortOf, type Sort } from "../shared/sort";
import { onThemeChange, readTheme } from "../shared/theme";
import { button, registerToolkit } from "../shared/toolkit";
import { BudgetControl } from "./budget";
import { CellGrid } from "./cell-grid";
import { comparisonHost } from "./host";
import { pointTable } from "./point-table";
import { choiceSentence, mixtureText, WEIGHTS_ONLY } from "./sentences";
import { TradeOffChart } from "./trade-off-chart";
import "./page.css";

const UNTRUSTED = l10n.t("This writes files and needs a trusted workspace.");

interface Parts {
  readonly grid: CellGrid;
  readonly chart: TradeOffChart;
  readonly budget: BudgetControl;
}

class ComparisonPage {
  private readonly root = pageRoot();
  private readonly facts = element("div");
  private readonly announced = element("p", { class: "visually-hidden", attributes: { role: "status" } });
  private comparison: Comparison | undefined;
  private parts: Parts | undefined;
  private theme = readTheme();
  private sort = savedSort(savedState());
  private chosen: ChosenMixture | undefined;

  constructor() {
    onThemeChange((theme) => {
      this.theme = theme;
      this.parts?.chart.setTheme(theme);
    });
  }

  receive(message: ToComparisonPage): void {
    switch (message.kind) {
      case "comparison":
        this.show(message.comparison, message.canWrite);
        this.showChoice(message.chosen);
        return;
      case "chosen":
        this.showChoice(message.chosen);
        return;
      case "budget-refused":
        this.parts?.budget.refuse(message.message);
        return;
      case "empty":
        this.showNothing();
        return;
    }
  }

  private show(comparison: Comparison, canWrite: boolean): void {
    this.comparison = comparison;
    const chooseForAll = (candidate: number): void => {
      comparisonHost.send({ kind: "choose-for-all", candidate });
    };
    const suggest = (budget: number): void => {
      comparisonHost.send({ kind: "suggest", budget });
    };
    const grid = new CellGrid(comparison, {
      choose: (layer, candidate) => {
        comparisonHost.send({ kind: "choose", layer, candidate });
      },
      chooseForAll,
      sort: this.sort,
      onSort: (sort) => {
        this.sort = sort;
        this.save();
      },
    });
    const chart = new TradeOffChart(comparison, this.theme, { chooseForAll, suggest });
    const budget = new BudgetControl(comparison, suggest);
    this.parts = { grid, chart, budget };
    const overview = element("div", { class: "overview" }, chart.element, budget.element, pointTable(comparison));
    this.root.replaceChildren(head(comparison, canWrite), this.facts, this.announced, overview, grid.element);
  }

  private showChoice(chosen: ChosenMixture): void {
    if (this.comparison === undefined || this.parts === undefined) return;
    this.chosen = chosen;
    this.save();
    this.facts.replaceChildren(choiceFacts(this.comparison, chosen));
    this.announced.textContent = choiceSentence(chosen);
    this.parts.grid.show(chosen.candidates);
    this.parts.chart.show(chosen);
    this.parts.budget.show(chosen.bytes);
  }

  private showNothing(): void {
    const compare = button({ text: l10n.t("Compare Schemes…"), appearance: "primary" }, () => {
      comparisonHost.send({ kind: "compare" });
    });
    showEmpty(this.root, l10n.t("No comparison"), l10n.t("The last comparison of this workspace is gone."), compare);
  }

  /** What a reloaded window goes on with. */
  private save(): void {
    if (this.comparison === undefined || this.chosen === undefined) return;
    saveState({ sha256: this.comparison.model.sha256, chosen: this.chosen.candidates, sort: this.sort });
  }
}

/** How layers were sorted, out of what any version saved. */
function savedSort(saved: unknown): Sort | null {
  const { sort }: { sort?: unknown } = typeof saved === "object" && saved !== null ? saved : {};
  return sortOf(sort);
}

function head({ model }: Comparison, canWrite: boolean): HTMLElement {
  const writing = canWrite ? {} : { disabledBecause: UNTRUSTED };
  const quantize = button({ text: l10n.t("Quantize with This…"), appearance: "primary", ...writing }, () => {
    comparisonHost.send({ kind: "quantize" });
  });
  const save = button({ text: l10n.t("Save as Recipe"), ...writing }, () => {
    comparisonHost.send({ kind: "save-recipe" });
  });
  const compare = button({ text: l10n.t("Other Candidates…") }, () => {
    comparisonHost.send({ kind: "compare" });
  });
  return element(
    "header",
    { class: "page-head" },
    element(
      "div",
      {},
      element("h1", { text: nameText(model.name) }),
      element("p", { class: "quiet", text: WEIGHTS_ONLY }),
    ),
    element("div", { class: "actions" }, quantize, save, compare),
  );
}

function choiceFacts(comparison: Comparison, chosen: ChosenMixture): HTMLElement {
  const float = comparison.layers.reduce((total, { floatBytes }) => total + floatBytes, 0);
  const share = float === 0 ? 1 : chosen.bytes / float;
  return factList([
    { label: l10n.t("Your choice"), value: mixtureText(comparison, chosen.candidates) },
    {
      label: l10n.t("Flash"),
      value: bytesText(chosen.bytes),
      note: l10n.t("{0} bytes, {1} of float", countText(chosen.bytes), percentText(share)),
    },
    {
      label: l10n.t("SQNR of the weights"),
      value: decibelText(chosen.sqnrDb),
      note: l10n.t("every layer counting the same"),
    },
    { label: l10n.t("Lowest layer"), value: decibelText(chosen.lowestSqnrDb) },
  ]);
}

registerToolkit();
const page = new ComparisonPage();
comparisonHost.onMessage((message) => {
  page.receive(message);
});
comparisonHost.send({ kind: "ready" });
