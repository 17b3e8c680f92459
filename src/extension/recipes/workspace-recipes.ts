/** The recipes of the workspace: found, watched, run, and shown in the status bar and the Problems panel. */
import { basename } from "node:path";
import * as vscode from "vscode";
import { checkRequirements } from "../../engine/recipe-requirements";
import { BitwrightError, shownName } from "../../protocol/errors";
import type { Generated } from "../../protocol/worker";
import { InputFiles } from "../../runtime/input-files";
import type { CurrentModel, ModelView } from "../current-model";
import { Disposable } from "../disposable";
import { showFailure } from "../failures";
import { LazyWorker } from "../lazy-worker";
import { announce } from "../quantize/run-recipe";
import { InputWatchers } from "../regenerate/input-watchers";
import { onDidChangeRegenerateMode, regenerateMode } from "../regenerate/mode";
import type { RememberedRun, RunnerServices } from "../regenerate/recipe-runner";
import { recipeTargets, type RecipeTarget } from "../regenerate/recipe-target";
import { Regenerator, type RecipeStatus } from "../regenerate/regenerator";
import { RememberedRuns } from "../regenerate/remembered-runs";
import { StaleQuestion } from "../regenerate/stale-question";
import type { ReportStore } from "../report-store";
import { withProgress } from "../run-with-progress";
import { stateText, StatusItem } from "../status/status-item";
import { requireTrust } from "../workspace-place";
import { LayerNames } from "./layer-names";
import { RecipeDiagnostics } from "./recipe-diagnostics";
import { isRecipeFile, type RecipeFiles } from "./recipe-files";

export interface WorkspaceRecipesServices {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly state: vscode.Memento;
  readonly current: CurrentModel;
  readonly store: ReportStore;
  showReport(): void;
  openWeights(): void;
}

export class WorkspaceRecipes extends Disposable {
  /** Its own: a recipe does not wait for an analysis that the user started, and breaking it off does not end that. */
  private readonly worker: LazyWorker;
  private readonly inputFiles = new InputFiles();
  private readonly remembered: RememberedRuns;
  private readonly regenerator: Regenerator;
  private readonly watchers: InputWatchers;
  private readonly status = this.own(new StatusItem());
  private readonly diagnostics: RecipeDiagnostics;
  private readonly question: StaleQuestion;
  /** Recipe files that cannot be read, or are wrong. */
  private readonly broken = new Set<string>();
  /** The last run of every recipe in this session, by its id. */
  private readonly runs = new Map<string, ModelView>();

  constructor(
    private readonly services: WorkspaceRecipesServices,
    private readonly files: RecipeFiles,
  ) {
    super();
    this.worker = this.own(new LazyWorker(services.extensionUri, services.log));
    this.remembered = new RememberedRuns(services.state);
    this.regenerator = this.own(
      new Regenerator({
        servicesFor: (target) => this.runnerServices(target),
        remembered: (target) => this.remembered.of(target),
      }),
    );
    this.watchers = this.own(
      new InputWatchers((path) => {
        this.regenerator.touch(path);
        this.refreshDiagnostics();
      }),
    );
    const names = new LayerNames(this.worker, () => {
      this.refreshDiagnostics();
    });
    this.diagnostics = this.own(
      new RecipeDiagnostics(
        (file) => this.statusOf(file),
        (model) => names.of(model),
      ),
    );
    this.question = this.own(
      new StaleQuestion(
        () => this.stale,
        regenerateMode,
        () => void this.runStale(),
      ),
    );
    this.own(vscode.workspace.onDidGrantWorkspaceTrust(() => void this.start()));
    this.own(
      onDidChangeRegenerateMode(() => {
        for (const { target } of this.stale) this.regenerator.runner(target.id)?.touch();
      }),
    );
  }

  /** Reads all recipe files. In an untrusted workspace they are checked, and nothing is run. */
  async start(): Promise<void> {
    for (const uri of await this.files.find()) this.read(uri);
  }

  /** All recipes, in no order across files. */
  get all(): readonly RecipeStatus[] {
    return this.regenerator.recipes;
  }

  /**
   * Runs one recipe as the user asked, or all of them, and shows the report of one.
   * @throws BitwrightError not-available without trust, or where there is no such recipe; what the run throws
   */
  async run(uri?: vscode.Uri, index?: number): Promise<void> {
    requireTrust(vscode.l10n.t("running recipes writes files"));
    if (uri !== undefined) this.read(uri);
    const targets = this.all
      .map(({ target }) => target)
      .filter(({ file, index: at }) => uri === undefined || (file === uri.fsPath && (index ?? at) === at));
    if (targets.length === 0) throw noRecipe();
    const views = await this.runAll(targets);
    const generated = views.at(0);
    if (targets.length > 1 || generated === undefined) return;
    await this.show(targets[0], generated);
    void announce(this.services, generated);
  }

  /**
   * Shows the report of a recipe: of its last run, or of one that writes nothing.
   * @throws BitwrightError not-available where there is no such recipe; what the run throws
   */
  async openReport(uri: vscode.Uri, index: number): Promise<void> {
    this.read(uri);
    const target = this.regenerator.target(uri.fsPath, index);
    if (target === undefined) throw noRecipe();
    const known = this.runs.get(target.id);
    const isCurrent = this.regenerator.runner(target.id)?.state.kind === "current";
    if (known !== undefined && isCurrent) this.showView(known);
    else {
      const request = { baseDirectory: target.baseDirectory, recipe: target.recipe };
      const title = vscode.l10n.t("Measuring {0}", shownName(basename(target.model)));
      await this.show(target, await withProgress(title, (options) => this.worker.run("check", request, options)));
    }
  }

  private get stale(): readonly RecipeStatus[] {
    return this.all.filter(({ state }) => state.kind === "stale");
  }

  private statusOf(file: string): readonly RecipeStatus[] {
    return this.all.filter(({ target }) => target.file === file);
  }

  /** Takes a recipe file as it is on disk; what is not there any more has no recipes. */
  read(uri: vscode.Uri): void {
    if (!isRecipeFile(uri)) {
      for (const { target } of this.all) {
        if (target.file.startsWith(uri.fsPath)) this.read(vscode.Uri.file(target.file));
      }
      return;
    }
    const file = uri.fsPath;
    try {
      this.take(file, recipeTargets(file));
      this.broken.delete(file);
    } catch (thrown) {
      const error = BitwrightError.from(thrown);
      const isGone = error.code === "recipe-missing" || vscode.workspace.getWorkspaceFolder(uri) === undefined;
      this.take(file, []);
      if (isGone) this.broken.delete(file);
      else this.broken.add(file);
      if (!isGone) this.services.log.error(error.message);
    }
    this.diagnostics.updateSoon(uri);
    this.update();
  }

  private take(file: string, targets: readonly RecipeTarget[]): void {
    this.regenerator.setTargets(file, vscode.workspace.isTrusted ? targets : []);
  }

  private runnerServices(target: RecipeTarget): RunnerServices {
    const request = { baseDirectory: target.baseDirectory, recipe: target.recipe };
    return {
      snapshot: (paths) => this.inputFiles.snapshot(paths),
      digests: (paths) => this.inputFiles.digests(paths),
      generate: async (signal, progress) => {
        const started = performance.now();
        const generated = await this.worker.run("generate", request, { signal, progress });
        this.logRun(target, generated, performance.now() - started);
        return generated;
      },
      check: async (signal) => {
        const checked = await this.worker.run("check", request, { signal });
        checkRequirements(target.recipe, checked.report.layers, checked.report.totals);
        return checked;
      },
      mode: () => regenerateMode(target.file),
      changed: () => {
        this.update();
        this.diagnostics.updateSoon(vscode.Uri.file(target.file));
        this.logState(target);
      },
      finished: (generated, run) => void this.finished(target, generated, run),
    };
  }

  private async finished(target: RecipeTarget, generated: Generated, run: RememberedRun): Promise<void> {
    this.regenerator.wrote(generated.files);
    this.runs.set(target.id, viewOf(target, generated));
    const known = this.all.map((recipe) => recipe.target);
    for (const id of this.runs.keys()) if (!known.some((other) => other.id === id)) this.runs.delete(id);
    this.showAnew(target, generated);
    await this.remembered.remember(target, run, known);
  }

  /** A report of this very recipe that is shown gets the new figures. */
  private showAnew(target: RecipeTarget, generated: Generated): void {
    const { quantized } = this.services.current;
    const isShown =
      quantized?.uri.fsPath === target.model &&
      JSON.stringify(quantized.report.recipe) === JSON.stringify(generated.report.recipe);
    if (isShown && this.services.current.view === quantized) {
      this.services.current.showQuantized(viewOf(target, generated));
    }
  }

  /** Recipes are independent: all are tried, and the first failure is thrown. */
  private async runAll(targets: readonly RecipeTarget[]): Promise<Generated[]> {
    const title =
      targets.length === 1
        ? vscode.l10n.t("Quantizing {0}", shownName(basename(targets[0].model)))
        : vscode.l10n.t("Running {0} recipes", targets.length);
    return withProgress(title, async ({ signal, progress }) => {
      const outcomes = await Promise.allSettled(
        targets.map(async (target) => {
          const runner = this.regenerator.runner(target.id);
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

  private async runStale(): Promise<void> {
    try {
      await this.runAll(this.stale.map(({ target }) => target));
    } catch (thrown) {
      await showFailure(thrown, this.services.log);
    }
  }

  private async show(target: RecipeTarget, run: Pick<Generated, "report" | "files">): Promise<void> {
    const view = viewOf(target, run);
    this.showView(view);
    await this.services.store.save(view);
  }

  private showView(view: ModelView): void {
    this.services.current.showQuantized(view);
    this.services.showReport();
  }

  private update(): void {
    if (this.isDisposed) return;
    this.status.show(this.all, [...this.broken]);
    this.watchers.watch(this.regenerator.inputs);
    this.question.update();
  }

  private refreshDiagnostics(): void {
    const files = new Set([...this.all.map(({ target }) => target.file), ...this.broken]);
    for (const file of files) this.diagnostics.updateSoon(vscode.Uri.file(file));
  }

  private logState(target: RecipeTarget): void {
    const state = this.regenerator.runner(target.id)?.state;
    if (state?.kind === "failed") this.services.log.error(`${label(target)}: ${state.error.message}`);
    else if (state !== undefined) this.services.log.info(`${label(target)}: ${stateText(state.kind)}`);
  }

  private logRun(target: RecipeTarget, { files, written }: Generated, milliseconds: number): void {
    const outcome = `wrote ${written.length} of ${files.length} files in ${Math.round(milliseconds)} ms`;
    this.services.log.info(`${label(target)}: ${outcome}`);
  }
}

function viewOf({ model }: RecipeTarget, { report, files }: Pick<Generated, "report" | "files">): ModelView {
  return { uri: vscode.Uri.file(model), report, files };
}

function label({ file, index }: RecipeTarget): string {
  return `${vscode.workspace.asRelativePath(file)}, models[${index}]`;
}

function noRecipe(): BitwrightError {
  return new BitwrightError("not-available", "there is no such recipe", "Correct the recipe file and save it");
}
