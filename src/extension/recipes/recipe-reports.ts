/** Reports of the recipes' last runs in this session: kept, and shown. */
import * as vscode from "vscode";
import type { Generated } from "../../protocol/worker";
import type { CurrentModel, ModelView } from "../current-model";
import type { RecipeTarget } from "../regenerate/recipe-target";
import type { ReportStore } from "../report-store";

export interface RecipeReportsServices {
  readonly current: CurrentModel;
  readonly store: ReportStore;
  showReport(): void;
}

type Measured = Pick<Generated, "report" | "files">;

export class RecipeReports {
  /** By the recipe's id. */
  private readonly views = new Map<string, ModelView>();

  constructor(private readonly services: RecipeReportsServices) {}

  /** Of the recipe's last run. */
  of({ id }: RecipeTarget): ModelView | undefined {
    return this.views.get(id);
  }

  /**
   * Keeps the report of a run; a report of this very recipe that is shown gets the new figures.
   * @param known recipes there are now: reports of others are forgotten
   */
  keep(target: RecipeTarget, run: Measured, known: readonly RecipeTarget[]): void {
    const view = viewOf(target, run);
    this.views.set(target.id, view);
    for (const id of this.views.keys()) if (!known.some((other) => other.id === id)) this.views.delete(id);
    const { current } = this.services;
    const { quantized } = current;
    const isShown =
      quantized?.uri.fsPath === target.model &&
      JSON.stringify(quantized.report.recipe) === JSON.stringify(run.report.recipe);
    if (isShown && current.view === quantized) current.showQuantized(view);
  }

  /** Brings a report to the front, and keeps it for the next session. */
  async show(target: RecipeTarget, run: Measured): Promise<void> {
    const view = viewOf(target, run);
    this.showAgain(view);
    await this.services.store.save(view);
  }

  /** Brings a kept report to the front. */
  showAgain(view: ModelView): void {
    this.services.current.showQuantized(view);
    this.services.showReport();
  }
}

function viewOf({ model }: RecipeTarget, { report, files }: Measured): ModelView {
  return { uri: vscode.Uri.file(model), report, files };
}
