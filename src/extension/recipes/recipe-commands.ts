/** What a user asks recipes for: to be run, and to show their reports. */
import { basename } from "node:path";
import * as vscode from "vscode";
import { BitwrightError, shownName } from "../../protocol/errors";
import type { Generated } from "../../protocol/worker";
import { showFailure } from "../failures";
import type { LazyWorker } from "../lazy-worker";
import { announce } from "../quantize/run-recipe";
import type { RecipeTarget } from "../regenerate/recipe-target";
import type { Regenerator } from "../regenerate/regenerator";
import { withProgress } from "../run-with-progress";
import { requireTrust } from "../workspace-place";
import type { RecipeReports } from "./recipe-reports";

export interface RecipeCommandsServices {
  readonly worker: LazyWorker;
  readonly regenerator: Regenerator;
  readonly reports: RecipeReports;
  readonly log: vscode.LogOutputChannel;
  /** Takes a recipe file as it is on disk now. */
  readonly read: (uri: vscode.Uri) => void;
  showReport(): void;
  openWeights(): void;
}

export class RecipeCommands {
  constructor(private readonly services: RecipeCommandsServices) {}

  /**
   * Runs one recipe, or all of a file, or all there are, and shows the report of one.
   * @throws BitwrightError not-available without trust, or where there is no such recipe; what the run throws
   */
  async run(uri?: vscode.Uri, index?: number): Promise<void> {
    const { regenerator, reports, read } = this.services;
    requireTrust(vscode.l10n.t("running recipes writes files"));
    if (uri !== undefined) read(uri);
    const targets = regenerator.recipes
      .map(({ target }) => target)
      .filter(({ file, index: at }) => uri === undefined || (file === uri.fsPath && (index ?? at) === at));
    if (targets.length === 0) throw noRecipe();
    const generated = (await this.runAll(targets)).at(0);
    if (targets.length > 1 || generated === undefined) return;
    await reports.show(targets[0], generated);
    void announce(this.services, generated);
  }

  /** Runs what is stale; failures are shown. */
  async runStale(): Promise<void> {
    const stale = this.services.regenerator.recipes.filter(({ state }) => state.kind === "stale");
    try {
      await this.runAll(stale.map(({ target }) => target));
    } catch (thrown) {
      await showFailure(thrown, this.services.log);
    }
  }

  /**
   * Shows the report of a recipe: of its last run, or of one that writes nothing.
   * @throws BitwrightError not-available where there is no such recipe; what the run throws
   */
  async openReport(uri: vscode.Uri, index: number): Promise<void> {
    const { regenerator, reports, read, worker } = this.services;
    read(uri);
    const target = regenerator.target(uri.fsPath, index);
    if (target === undefined) throw noRecipe();
    const known = reports.of(target);
    const isCurrent = regenerator.runner(target.id)?.state.kind === "current";
    if (known !== undefined && isCurrent) {
      reports.showAgain(known);
      return;
    }
    const request = { baseDirectory: target.baseDirectory, recipe: target.recipe };
    const title = vscode.l10n.t("Measuring {0}", shownName(basename(target.model)));
    await reports.show(target, await withProgress(title, (options) => worker.run("check", request, options)));
  }

  /** Recipes are independent: all are tried, and the first failure is thrown. */
  private async runAll(targets: readonly RecipeTarget[]): Promise<Generated[]> {
    const title =
      targets.length === 1
        ? vscode.l10n.t("Quantizing {0}", shownName(basename(targets[0].model)))
        : vscode.l10n.t("Running {0} recipes", targets.length);
    return withProgress(title, async ({ signal, progress }) => {
      const outcomes = await Promise.allSettled(
        targets.map(async ({ id }) => {
          const runner = this.services.regenerator.runner(id);
          if (runner === undefined) throw noRecipe();
          return runner.runNow(progress, signal);
        }),
      );
      return outcomes.map((outcome) => {
        if (outcome.status === "fulfilled") return outcome.value;
        throw BitwrightError.from(outcome.reason);
      });
    });
  }
}

function noRecipe(): BitwrightError {
  return new BitwrightError("not-available", "there is no such recipe", "Correct the recipe file and save it");
}
