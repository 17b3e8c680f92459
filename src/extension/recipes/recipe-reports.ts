/** Reports of the recipes' last runs: kept, also for the next session, and shown. */
import * as vscode from "vscode";
import type { Generated } from "../../protocol/worker";
import type { CurrentModel, ModelView } from "../current-model";
import type { RecipeTarget } from "../regenerate/recipe-target";
import type { ReportStore } from "../report-store";
import { RecipeReportStore } from "./recipe-report-store";

export interface RecipeReportsServices {
  /** Folder that VS Code keeps for the workspace; undefined where there is none. */
  readonly storage: vscode.Uri | undefined;
  readonly log: vscode.LogOutputChannel;
  readonly current: CurrentModel;
  readonly store: ReportStore;
  showReport(): void;
}

type Measured = Pick<Generated, "report" | "files">;

export class RecipeReports {
  /** By the recipe's id. */
  private readonly views = new Map<string, ModelView>();

  /** What was asked of the store, by the recipe's id: it is asked once. */
  private readonly recalled = new Map<string, Promise<ModelView | undefined>>();
  private readonly kept: RecipeReportStore;

  constructor(private readonly services: RecipeReportsServices) {
    this.kept = new RecipeReportStore(services.storage, services.log);
  }

  /** Of the recipe's last run, in this session or recalled. */
  of({ id }: RecipeTarget): ModelView | undefined {
    return this.views.get(id);
  }

  /** As `of`, from an earlier session where the recipe has not run in this one. */
  async recall(target: RecipeTarget): Promise<ModelView | undefined> {
    const known = this.of(target);
    if (known !== undefined) return known;
    const recalling = this.recalled.get(target.id) ?? this.kept.load(target);
    this.recalled.set(target.id, recalling);
    const view = await recalling;
    if (view !== undefined && this.of(target) === undefined) this.views.set(target.id, view);
    return this.of(target);
  }

  /**
   * Keeps the report of a run; a report of this very recipe that is shown gets the new figures.
   * @param known recipes there are now: reports of others are forgotten
   */
  keep(target: RecipeTarget, run: Measured, known: readonly RecipeTarget[]): void {
    const view = viewOf(target, run);
    this.views.set(target.id, view);
    for (const id of this.views.keys()) if (!known.some((other) => other.id === id)) this.views.delete(id);
    void this.kept.save(target, view, known);
    const { current } = this.services;
    const { quantized } = current;
    const isShown =
      quantized?.uri.fsPath === target.model &&
      JSON.stringify(quantized.report.recipe) === JSON.stringify(run.report.recipe);
    if (isShown && current.view === quantized) current.showQuantized(view);
  }

  /** Brings a report to the front, and keeps it for the next session. */
  async show(target: RecipeTarget, run: Measured): Promise<void> {
    const known = this.of(target);
    const view = known?.report === run.report ? known : viewOf(target, run);
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
