/** The panel that shows candidate schemes side by side. It holds the choice, its page only shows and saves it. */
import * as vscode from "vscode";
import { BitwrightError } from "../../protocol/errors";
import type { FromComparisonPage, ToComparisonPage } from "../../protocol/comparison-page";
import { COMPARISON_PANEL } from "../identifiers";
import { KeptFile } from "../kept-file";
import { comparisonPageMessages } from "../page-messages";
import { PagePanel, type PagePanelServices } from "../page-panel";
import {
  chosenForAll,
  chosenForBudget,
  chosenForLayer,
  chosenMixture,
  startingView,
  withSavedChoice,
  type ComparisonView,
} from "./comparison-view";
import type { StoredComparison } from "./stored-comparison";

const FILE = "last-comparison.json";

export interface ComparisonPanelServices extends PagePanelServices {
  /** The workspace's own folder. */
  readonly storage: vscode.Uri | undefined;
  /** Compares other candidates on the same model. */
  compare(model: vscode.Uri | undefined): void;
  saveRecipe(view: ComparisonView): void;
  quantize(view: ComparisonView): void;
}

export class ComparisonPanel extends PagePanel<FromComparisonPage, ToComparisonPage> {
  private readonly kept: KeptFile<StoredComparison>;
  private view: ComparisonView | undefined;
  /** A reloaded window found nothing to show. */
  private isGone = false;

  constructor(private readonly services: ComparisonPanelServices) {
    super({ viewType: COMPARISON_PANEL, page: "comparison-page", loadSchema: comparisonPageMessages }, services);
    const loadSchema = async () => (await import("./stored-comparison")).storedComparisonSchema;
    this.kept = new KeptFile(services.storage, FILE, services.log, loadSchema);
    this.own(
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        this.send();
      }),
    );
  }

  /** The model whose comparison has the focus. */
  get activeModel(): vscode.Uri | undefined {
    return this.isActive ? this.view?.uri : undefined;
  }

  /** Shows a comparison, in place of the one shown before. */
  show(view: ComparisonView): void {
    this.view = view;
    this.reveal();
    this.send();
    void this.kept.write({ model: view.uri.toString(), comparison: view.comparison });
  }

  protected override get title(): string {
    return vscode.l10n.t("Scheme Comparison");
  }

  protected override get documentTitle(): string {
    return this.title;
  }

  protected override async restore(state: unknown): Promise<void> {
    const { savedChoiceSchema } = await import("../../protocol/comparison-page");
    const stored = await this.kept.read();
    if (this.view !== undefined) return;
    if (stored === undefined || stored.comparison.uniform.length === 0) {
      this.isGone = true;
    } else {
      const view = startingView(vscode.Uri.parse(stored.model), stored.comparison);
      const saved = savedChoiceSchema.safeParse(state).data;
      this.view = saved === undefined ? view : withSavedChoice(view, saved);
    }
    this.send();
  }

  private send(): void {
    const { view } = this;
    if (view === undefined) {
      if (this.isGone) this.post({ kind: "empty" });
      return;
    }
    this.post({
      kind: "comparison",
      comparison: view.comparison,
      chosen: chosenMixture(view),
      canWrite: vscode.workspace.isTrusted,
    });
  }

  protected override receive(message: FromComparisonPage): void {
    const { view } = this;
    if (view === undefined) {
      if (message.kind === "ready") this.send();
      if (message.kind === "compare") this.services.compare(undefined);
      return;
    }
    switch (message.kind) {
      case "ready":
        this.send();
        return;
      case "choose":
        this.choose(chosenForLayer(view, message.layer, message.candidate));
        return;
      case "choose-for-all":
        this.choose(chosenForAll(view, message.candidate));
        return;
      case "suggest":
        this.suggest(view, message.budget);
        return;
      case "compare":
        this.services.compare(view.uri);
        return;
      case "save-recipe":
        this.services.saveRecipe(view);
        return;
      case "quantize":
        this.services.quantize(view);
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
