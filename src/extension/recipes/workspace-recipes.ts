/** The recipes of the workspace: found, watched, and shown in the status bar and the Problems panel. */
import { sep } from "node:path";
import * as vscode from "vscode";
import { checkRequirements } from "../../engine/recipe-requirements";
import { BitwrightError } from "../../protocol/errors";
import type { Generated } from "../../protocol/worker";
import { InputFiles } from "../../runtime/input-files";
import type { ModelView } from "../current-model";
import type { KeptReport } from "../kept-report";
import { Disposable } from "../disposable";
import { LazyWorker } from "../lazy-worker";
import { InputWatchers } from "../regenerate/input-watchers";
import { onDidChangeRegenerateMode, regenerateMode } from "../regenerate/mode";
import type { RunnerServices } from "../regenerate/recipe-runner";
import type { RememberedRun } from "../regenerate/recipe-state";
import { recipeTargets, type RecipeTarget } from "../regenerate/recipe-target";
import { Regenerator, type RecipeStatus } from "../regenerate/regenerator";
import { RememberedRuns } from "../regenerate/remembered-runs";
import { StaleQuestion } from "../regenerate/stale-question";
import { StatusItem } from "../status/status-item";
import { LayerNames } from "./layer-names";
import { RecipeCommands } from "./recipe-commands";
import { RecipeDiagnostics } from "./recipe-diagnostics";
import type { RecipeFiles } from "./recipe-files";
import { RecipeLog } from "./recipe-log";
import { RecipeReports, type RecipeReportsServices } from "./recipe-reports";

export interface WorkspaceRecipesServices extends RecipeReportsServices {
  readonly extensionUri: vscode.Uri;
  readonly state: vscode.Memento;
  openWeights(): void;
  /** Recipes, their states or their reports are others. */
  changed(): void;
}

export class WorkspaceRecipes extends Disposable {
  /** What a user asks of them. */
  readonly commands: RecipeCommands;
  /** Its own: a recipe does not wait for an analysis that the user started, and breaking it off does not end that. */
  private readonly worker: LazyWorker;
  private readonly inputFiles = new InputFiles();
  private readonly remembered: RememberedRuns;
  private readonly regenerator: Regenerator;
  private readonly watchers: InputWatchers;
  private readonly status = this.own(new StatusItem());
  private readonly diagnostics: RecipeDiagnostics;
  private readonly question: StaleQuestion;
  private readonly reports: RecipeReports;
  private readonly recipeLog: RecipeLog;
  /** Recipe files that cannot be read, or are wrong. */
  private readonly broken = new Set<string>();

  constructor(
    private readonly services: WorkspaceRecipesServices,
    private readonly files: RecipeFiles,
  ) {
    super();
    const { extensionUri, log, state } = services;
    this.worker = this.own(new LazyWorker(extensionUri, log));
    this.remembered = new RememberedRuns(state);
    this.reports = new RecipeReports(services);
    this.recipeLog = new RecipeLog(log);
    this.regenerator = this.own(
      new Regenerator({
        servicesFor: (target) => this.runnerServices(target),
        remembered: (target) => this.remembered.of(target),
      }),
    );
    this.commands = new RecipeCommands({
      ...services,
      worker: this.worker,
      regenerator: this.regenerator,
      reports: this.reports,
      read: (uri) => {
        this.read(uri);
      },
    });
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
        (file) => this.all.filter(({ target }) => target.file === file),
        (model) => names.of(model),
      ),
    );
    this.question = this.own(
      new StaleQuestion(
        () => this.stale,
        regenerateMode,
        () => void this.commands.runStale(),
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

  /** Of a recipe's last run, in this session or recalled. */
  reportOf(target: RecipeTarget): ModelView | undefined {
    return this.reports.of(target);
  }

  /** As `reportOf`, from an earlier session where the outputs are still those of that run. */
  async recallReport(target: RecipeTarget): Promise<ModelView | undefined> {
    const isCurrent = this.regenerator.runner(target.id)?.state.kind === "current";
    return isCurrent ? this.reports.recall(target) : this.reports.of(target);
  }

  /** The report of the last run that wrote the files of a quantization: a recipe's where one has written them since. */
  newestReport(quantization: KeptReport): Promise<ModelView> {
    return this.reports.newest(
      quantization,
      this.all.map(({ target }) => target),
    );
  }

  private get stale(): readonly RecipeStatus[] {
    return this.all.filter(({ state }) => state.kind === "stale");
  }

  /** Takes a recipe file as it is on disk; where there is none, there are no recipes. */
  read(uri: vscode.Uri): void {
    const file = uri.fsPath;
    try {
      this.take(file, recipeTargets(file));
    } catch (thrown) {
      const error = BitwrightError.from(thrown);
      const isGone = error.code === "recipe-missing";
      this.take(file, [], !isGone);
      if (!isGone) this.services.log.error(error.message);
    }
  }

  /** Looks again at the recipe files, inputs and outputs below a folder that was deleted, or left the workspace. */
  forget(folder: vscode.Uri): void {
    for (const file of this.knownFiles) {
      if (!file.startsWith(`${folder.fsPath}${sep}`)) continue;
      const uri = vscode.Uri.file(file);
      if (vscode.workspace.getWorkspaceFolder(uri) === undefined) this.take(file, []);
      else this.read(uri);
    }
    this.regenerator.touch(folder.fsPath);
  }

  private take(file: string, targets: readonly RecipeTarget[], isBroken = false): void {
    this.regenerator.setTargets(file, vscode.workspace.isTrusted ? targets : []);
    if (isBroken) this.broken.add(file);
    else this.broken.delete(file);
    this.diagnostics.updateSoon(vscode.Uri.file(file));
    this.update();
  }

  private runnerServices(target: RecipeTarget): RunnerServices {
    const request = { baseDirectory: target.baseDirectory, recipe: target.recipe };
    return {
      snapshot: (paths) => this.inputFiles.snapshot(paths),
      digests: (paths) => this.inputFiles.digests(paths),
      generate: async (signal, progress) => {
        const started = performance.now();
        const generated = await this.worker.run("generate", request, { signal, progress });
        this.recipeLog.run(target, generated, performance.now() - started);
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
        const state = this.regenerator.runner(target.id)?.state;
        if (state !== undefined) this.recipeLog.state(target, state);
      },
      finished: (generated, run) => void this.finished(target, generated, run),
    };
  }

  private async finished(target: RecipeTarget, generated: Generated, run: RememberedRun): Promise<void> {
    const known = this.all.map((recipe) => recipe.target);
    this.regenerator.wrote(generated.files);
    const keeping = this.reports.keep(target, generated, known);
    this.services.changed();
    // A run that is remembered has its report: where the window closes in between, the recipe runs again.
    await keeping;
    await this.remembered.remember(target, run, known);
  }

  private update(): void {
    if (this.isDisposed) return;
    this.status.show(this.all, [...this.broken]);
    this.watchers.watch(this.regenerator.paths);
    this.question.update();
    this.services.changed();
  }

  private refreshDiagnostics(): void {
    for (const file of this.knownFiles) this.diagnostics.updateSoon(vscode.Uri.file(file));
  }

  /** Absolute paths of the recipe files that have recipes, or are broken. */
  private get knownFiles(): ReadonlySet<string> {
    return new Set([...this.all.map(({ target }) => target.file), ...this.broken]);
  }
}
