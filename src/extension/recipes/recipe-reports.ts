/** Reports of the recipes' last runs: kept, also for the next session, and shown. */
import * as vscode from "vscode";
import type { Generated } from "../../protocol/worker";
import type { CurrentModel, ModelView } from "../current-model";
import { newestReport, shareFiles, type KeptReport } from "../kept-report";
import { isReportOf, mayWrite } from "../regenerate/recipe-matches";
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
  private readonly reports = new Map<string, KeptReport>();

  /** What was asked of the store, by the recipe's id: it is asked once. */
  private readonly recalled = new Map<string, Promise<KeptReport | undefined>>();
  private readonly kept: RecipeReportStore;

  constructor(private readonly services: RecipeReportsServices) {
    this.kept = new RecipeReportStore(services.storage, services.log);
  }

  /** Of the recipe's last run, in this session or recalled. */
  of({ id }: RecipeTarget): ModelView | undefined {
    return this.reports.get(id)?.view;
  }

  /** As `of`, from an earlier session where the recipe has not run in this one. */
  async recall(target: RecipeTarget): Promise<ModelView | undefined> {
    const report = await this.last(target);
    if (report !== undefined) this.reports.set(target.id, report);
    return report?.view;
  }

  /**
   * The report of the last run that wrote the files of a quantization.
   * @param targets recipes that may have written them since, in this session or an earlier one
   */
  async newest(quantization: KeptReport, targets: readonly RecipeTarget[]): Promise<ModelView> {
    const candidates = targets.filter((target) => quantization.view.files.some((file) => mayWrite(target, file)));
    const recipes = await Promise.all(candidates.map((target) => this.last(target)));
    return newestReport(
      quantization,
      recipes.flatMap((report) => report ?? []),
    );
  }

  /**
   * Keeps the report of a run. What is shown of this recipe, or of what it was before an edit, gets the new figures.
   * @param known recipes there are now: reports of others are forgotten
   */
  async keep(target: RecipeTarget, run: Measured, known: readonly RecipeTarget[]): Promise<void> {
    const view = viewOf(target, run);
    this.reports.set(target.id, { view, keptAt: Date.now() });
    for (const id of this.reports.keys()) if (!known.some((other) => other.id === id)) this.reports.delete(id);
    const { quantized } = this.services.current;
    const isShown = quantized !== undefined && (isReportOf(quantized, target) || shareFiles(quantized, view));
    if (isShown) this.services.current.replaceQuantized(view);
    await this.kept.save(target, view, known);
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

  private async last(target: RecipeTarget): Promise<KeptReport | undefined> {
    const known = this.reports.get(target.id);
    if (known !== undefined) return known;
    const recalling = this.recalled.get(target.id) ?? this.kept.load(target);
    this.recalled.set(target.id, recalling);
    const recalled = await recalling;
    return this.reports.get(target.id) ?? recalled;
  }
}

function viewOf({ model }: RecipeTarget, { report, files }: Measured): ModelView {
  return { uri: vscode.Uri.file(model), report, files };
}
