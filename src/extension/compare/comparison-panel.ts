/** The panel that shows candidate schemes side by side. It holds the choice, its page only shows and saves it. */
import * as vscode from "vscode";
import { BitwrightError } from "../../protocol/errors";
import type { Comparison } from "../../protocol/comparison";
import type { FromComparisonPage, ToComparisonPage } from "../../protocol/comparison-page";
import { ComparedPanel, type ComparedPanelServices } from "../compared-panel";
import { COMPARISON_PANEL } from "../identifiers";
import { comparisonPageMessages } from "../page-messages";
import {
  chosenForAll,
  chosenForBudget,
  chosenForLayer,
  chosenMixture,
  startingView,
  withSavedChoice,
  type ComparisonView,
} from "./comparison-view";

export interface ComparisonPanelServices extends ComparedPanelServices {
  saveRecipe(view: ComparisonView): void;
  quantize(view: ComparisonView): void;
}

export class ComparisonPanel extends ComparedPanel<FromComparisonPage, ToComparisonPage, Comparison, ComparisonView> {
  constructor(private readonly services: ComparisonPanelServices) {
    const loadSchema = async () => (await import("./stored-comparison")).storedComparisonSchema;
    super(
      { viewType: COMPARISON_PANEL, page: "comparison-page", loadSchema: comparisonPageMessages },
      { file: "last-comparison.json", loadSchema },
      services,
    );
  }

  protected override get title(): string {
    return vscode.l10n.t("Scheme Comparison");
  }

  protected override async restored(
    uri: vscode.Uri,
    comparison: Comparison,
    state: unknown,
  ): Promise<ComparisonView | undefined> {
    if (comparison.uniform.length === 0) return undefined;
    const { savedChoiceSchema } = await import("../../protocol/comparison-page");
    const view = startingView(uri, comparison);
    const saved = savedChoiceSchema.safeParse(state).data;
    return saved === undefined ? view : withSavedChoice(view, saved);
  }

  protected override shown(view: ComparisonView): ToComparisonPage {
    return {
      kind: "comparison",
      comparison: view.comparison,
      chosen: chosenMixture(view),
      canWrite: vscode.workspace.isTrusted,
    };
  }

  protected override act(view: ComparisonView, message: FromComparisonPage): void {
    switch (message.kind) {
      case "choose":
        this.choose(chosenForLayer(view, message.layer, message.candidate));
        return;
      case "choose-for-all":
        this.choose(chosenForAll(view, message.candidate));
        return;
      case "suggest":
        this.suggest(view, message.budget);
        return;
      case "save-recipe":
        this.services.saveRecipe(view);
        return;
      case "quantize":
        this.services.quantize(view);
        return;
      case "ready":
      case "compare":
        return;
    }
  }

  private choose(view: ComparisonView): void {
    this.view = view;
    this.post({ kind: "chosen", chosen: chosenMixture(view) });
  }

  private suggest(view: ComparisonView, budget: number): void {
    try {
      this.choose(chosenForBudget(view, budget));
    } catch (thrown) {
      this.post({ kind: "budget-refused", message: BitwrightError.from(thrown).message });
    }
  }
}
