/** Where the layers come from that the side panel lists: reports that are known, or are made when somebody unfolds an entry. */
import * as vscode from "vscode";
import type { LazyWorker } from "../lazy-worker";
import type { CurrentModel, ModelView } from "../current-model";
import { Disposable } from "../disposable";
import { isReportOf, mayWrite } from "../regenerate/recipe-matches";
import type { RecipeTarget } from "../regenerate/recipe-target";
import type { RecipeStatus } from "../regenerate/regenerator";
import { localPath } from "../workspace-place";
import { ModelElement, QuantizationElement, RecipeElement, type LayerParent } from "./elements";

/** Whether a recipe runs, or may do so at any moment. */
const IS_UNDER_WAY: Readonly<Record<RecipeStatus["state"]["kind"], boolean>> = {
  unknown: true,
  running: true,
  current: false,
  stale: false,
  failed: false,
};

/** The recipes of the workspace, as the side panel sees them. */
export interface RecipeSource {
  /** Recipes, their states or their reports are others. */
  readonly onDidChange: vscode.Event<void>;
  readonly states: readonly RecipeStatus[];
  /** Of the recipe's last run, in this session or recalled. */
  reportOf(target: RecipeTarget): ModelView | undefined;
  /** As `reportOf`, from an earlier session where there is none of this. */
  recallReport(target: RecipeTarget): Promise<ModelView | undefined>;
}

export interface LayerViewsServices {
  readonly current: CurrentModel;
  readonly worker: LazyWorker;
  readonly recipes: RecipeSource;
}

export class LayerViews extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  private readonly ending = new AbortController();
  /** Models as they are in their files, by URI; and reports of recipes that have not run in this session, by recipe. */
  private readonly made = new Map<string, Promise<ModelView>>();
  /** Those of `made` that are there. */
  private readonly finished = new Map<string, ModelView>();

  /** Layers of an entry became known. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly services: LayerViewsServices) {
    super();
  }

  /** Recipes that use a model, in the order of their files. */
  recipesOf(uri: vscode.Uri): RecipeStatus[] {
    return this.services.recipes.states
      .filter(({ target }) => target.model === uri.fsPath)
      .sort((a, b) => a.target.file.localeCompare(b.target.file) || a.target.index - b.target.index);
  }

  /** What a model was last quantized to where no recipe asked for it, and none is about to write over it. */
  quantizationOf(uri: vscode.Uri): ModelView | undefined {
    const { quantized } = this.services.current;
    if (quantized?.uri.toString() !== uri.toString()) return undefined;
    const isOfRecipe = this.recipesOf(uri).some(
      ({ target, state }) =>
        isReportOf(quantized, target) ||
        (IS_UNDER_WAY[state.kind] && quantized.files.some((file) => mayWrite(target, file))),
    );
    return isOfRecipe ? undefined : quantized;
  }

  /** The entry that lists the layers of a view. */
  parentOf(view: ModelView): LayerParent {
    const model = new ModelElement(view.uri);
    const recipes = this.recipesOf(view.uri);
    if (view.report.recipe === null || recipes.length === 0) return model;
    const status = recipes.find(({ target }) => isReportOf(view, target));
    return status === undefined ? new QuantizationElement(model, view) : new RecipeElement(model, status);
  }

  /** The layers of an entry, where they are known. */
  known(parent: LayerParent): ModelView | undefined {
    if (parent instanceof QuantizationElement) return parent.view;
    if (parent instanceof RecipeElement) {
      const { target } = parent.status;
      return this.services.recipes.reportOf(target) ?? this.shown(target) ?? this.finished.get(target.id);
    }
    const { view } = this.services.current;
    const isShown = view?.uri.toString() === parent.uri.toString();
    return this.quantizationOf(parent.uri) ?? (isShown ? view : this.finished.get(parent.uri.toString()));
  }

  /** Makes a recipe's report known that is kept from an earlier session. */
  async recall(parent: LayerParent): Promise<void> {
    if (parent instanceof RecipeElement) await this.services.recipes.recallReport(parent.status.target);
  }

  /** The layers of an entry; the model is read, or the recipe is measured, where they are not known. @throws BitwrightError */
  async load(parent: LayerParent): Promise<ModelView> {
    const known = this.known(parent);
    if (known !== undefined) return known;
    if (parent instanceof QuantizationElement) return parent.view;
    if (parent instanceof ModelElement) return this.once(parent.uri.toString(), () => this.inspect(parent.uri));
    const { target } = parent.status;
    return (await this.services.recipes.recallReport(target)) ?? this.once(target.id, () => this.measure(target));
  }

  /** All views of recipes and the last quantization that are known or kept; nothing is measured. */
  async all(): Promise<ModelView[]> {
    const { recipes, current } = this.services;
    const kept = await Promise.all(
      recipes.states.map(async ({ target }) => (await recipes.recallReport(target)) ?? this.finished.get(target.id)),
    );
    return [...new Set([current.quantized, ...kept])].flatMap((view) => view ?? []);
  }

  /** The report of the recipe that writes a file; undefined where none does. @throws BitwrightError what measuring throws */
  async measureRecipeOf({ fsPath }: vscode.Uri): Promise<ModelView | undefined> {
    for (const status of this.services.recipes.states) {
      const { target } = status;
      if (!mayWrite(target, fsPath)) continue;
      const view = await this.load(new RecipeElement(new ModelElement(vscode.Uri.file(target.model)), status));
      if (view.files.includes(fsPath)) return view;
    }
    return undefined;
  }

  /** A model file changed, or is gone. */
  forget(uri: vscode.Uri): void {
    for (const key of [uri.toString(), ...this.recipesOf(uri).map(({ target }) => target.id)]) {
      this.made.delete(key);
      this.finished.delete(key);
    }
  }

  override dispose(): void {
    super.dispose();
    this.ending.abort();
  }

  /** The report of a recipe that is on show, though the recipe has not run in this session. */
  private shown(target: RecipeTarget): ModelView | undefined {
    const { quantized } = this.services.current;
    return quantized !== undefined && isReportOf(quantized, target) ? quantized : undefined;
  }

  /** What failed is tried again when it is asked for again. */
  private once(key: string, make: () => Promise<ModelView>): Promise<ModelView> {
    const under = this.made.get(key);
    if (under !== undefined) return under;
    const making = make().then(
      (view) => {
        if (this.made.get(key) === making) this.finished.set(key, view);
        this.changed.fire();
        return view;
      },
      (thrown: unknown) => {
        if (this.made.get(key) === making) this.made.delete(key);
        throw thrown;
      },
    );
    this.made.set(key, making);
    return making;
  }

  private async inspect(uri: vscode.Uri): Promise<ModelView> {
    const request = { modelPath: localPath(uri) };
    const { signal } = this.ending;
    return { uri, report: await this.services.worker.runOnTheSide("inspect", request, { signal }), files: [] };
  }

  /** Writes nothing. */
  private async measure({ baseDirectory, recipe, model }: RecipeTarget): Promise<ModelView> {
    const { signal } = this.ending;
    const request = { baseDirectory, recipe };
    const { report, files } = await this.services.worker.runOnTheSide("check", request, { signal });
    return { uri: vscode.Uri.file(model), report, files };
  }
}
