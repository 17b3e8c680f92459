/** Registers what recipe files offer; what it takes to run them is loaded when the first is needed. */
import * as vscode from "vscode";
import type { ModelView } from "../current-model";
import type { RecipeTarget } from "../regenerate/recipe-target";
import type { RecipeStatus } from "../regenerate/regenerator";
import { Disposable } from "../disposable";
import { guard } from "../failures";
import { HAS_RECIPES, TASK_TYPE } from "../identifiers";
import { RecipeTasks } from "../tasks/task-provider";
import { addMissingFile } from "./add-missing-file";
import { RecipeCodeActions } from "./code-actions";
import { RecipeCodeLenses } from "./code-lenses";
import { EVERYWHERE, RecipeFiles } from "./recipe-files";
import type { WorkspaceRecipes, WorkspaceRecipesServices } from "./workspace-recipes";

const RECIPE_DOCUMENTS: vscode.DocumentFilter = { scheme: "file", pattern: EVERYWHERE };

export class Recipes extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  private readonly files = this.own(new RecipeFiles());
  private loaded: WorkspaceRecipes | undefined;
  private loading: Promise<WorkspaceRecipes> | undefined;
  /** The recipe files that there were when the window opened have been read. */
  private readonly found: Promise<void>;

  /** Recipes, their states or their reports are others. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly services: Omit<WorkspaceRecipesServices, "changed">) {
    super();
    const { languages } = vscode;
    this.own(languages.registerCodeLensProvider(RECIPE_DOCUMENTS, new RecipeCodeLenses()));
    const actions = new RecipeCodeActions(() => services.current.quantized);
    const kinds = { providedCodeActionKinds: RecipeCodeActions.kinds };
    this.own(languages.registerCodeActionsProvider(RECIPE_DOCUMENTS, actions, kinds));
    this.own(
      this.files.onDidChange((uri) => {
        void guard(
          this.load().then((recipes) => recipes.read(uri)),
          services.log,
        );
      }),
    );
    this.own(
      this.files.onDidLeave((uri) => {
        this.loaded?.forget(uri);
      }),
    );
    this.own(vscode.tasks.registerTaskProvider(TASK_TYPE, new RecipeTasks(services.extensionUri, this.files)));
    this.found = this.findAll();
    void guard(this.found, services.log);
  }

  /** How all recipes stand; none before they were read. */
  get states(): readonly RecipeStatus[] {
    return this.loaded?.all ?? [];
  }

  /** Of a recipe's last run, in this session or recalled. */
  reportOf(target: RecipeTarget): ModelView | undefined {
    return this.loaded?.reportOf(target);
  }

  /** As `reportOf`, from an earlier session where the outputs are still those of that run. */
  async recallReport(target: RecipeTarget): Promise<ModelView | undefined> {
    return this.loaded?.recallReport(target);
  }

  /**
   * The last quantization of earlier sessions, for a window that knows of none. Where a recipe has written the same files
   * since, that is the recipe's last run.
   */
  async lastQuantization(): Promise<ModelView | undefined> {
    const kept = await this.services.store.load();
    await this.found.catch(() => undefined); // a failure was shown
    return kept && (this.loaded?.newestReport(kept) ?? kept.view);
  }

  /** Runs one recipe, or all of a file, or all of the workspace. @throws BitwrightError what a run throws */
  async run(uri: vscode.Uri | undefined, index: number | undefined): Promise<void> {
    await saved(uri);
    await (await this.load()).commands.run(uri, index);
  }

  /** @throws BitwrightError what measuring throws */
  async openReport(uri: vscode.Uri | undefined, index: number | undefined): Promise<void> {
    if (uri === undefined || index === undefined) return;
    await saved(uri);
    await (await this.load()).commands.openReport(uri, index);
  }

  /** Shows a recipe in its file. */
  async open(uri: vscode.Uri | undefined, index: number | undefined): Promise<void> {
    if (uri === undefined || index === undefined) return;
    const { RecipeText } = await import("../../runtime/recipe-text");
    const document = await vscode.workspace.openTextDocument(uri);
    const offset = new RecipeText(document.getText()).recipes.at(index)?.offset ?? 0;
    const position = document.positionAt(offset);
    await vscode.window.showTextDocument(document, { selection: new vscode.Range(position, position) });
  }

  /** Writes the last quantization's recipe, runs it and opens its file. @throws BitwrightError as `createRecipe` */
  async create(): Promise<void> {
    const { createRecipe } = await import("./create-recipe");
    const file = await createRecipe(this.services.current.quantized ?? (await this.lastQuantization()));
    if (file === undefined) return;
    // The event of the file system may take seconds.
    (await this.load()).read(file);
    await vscode.window.showTextDocument(file, { preview: false });
  }

  /** @throws BitwrightError as `addMissingFile` */
  async addMissingFile(path: string | undefined, source: vscode.Uri | undefined): Promise<void> {
    if (path === undefined) return;
    await addMissingFile(path, source);
  }

  /** A workspace without recipes loads nothing. */
  private async findAll(): Promise<void> {
    if ((await this.files.find()).length > 0) await this.load();
  }

  private load(): Promise<WorkspaceRecipes> {
    this.loading ??= this.readAll();
    return this.loading;
  }

  private async readAll(): Promise<WorkspaceRecipes> {
    const { WorkspaceRecipes } = await import("./workspace-recipes");
    const changed = (): void => {
      void vscode.commands.executeCommand("setContext", HAS_RECIPES, this.states.length > 0);
      this.changed.fire();
    };
    this.loaded = this.own(new WorkspaceRecipes({ ...this.services, changed }, this.files));
    await this.loaded.start();
    return this.loaded;
  }
}

/** What is run is what is on disk. */
async function saved(uri: vscode.Uri | undefined): Promise<void> {
  const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri?.toString());
  if (document?.isDirty === true) await document.save();
}
