/** What one window holds: the worker, the current model, and the places that show it. */
import * as vscode from "vscode";
import { analyzeNoise } from "./analyze/analyze-noise";
import { ComparisonPanel } from "./compare/comparison-panel";
import { quantizeWithChoice, saveAsRecipe } from "./compare/carry-out";
import { compareSchemes } from "./compare/compare-schemes";
import type { ComparisonView } from "./compare/comparison-view";
import { CurrentModel } from "./current-model";
import { Disposable } from "./disposable";
import { compareEqualizations } from "./equalization/compare-equalizations";
import { EqualizationPanel, type EqualizationView } from "./equalization/equalization-panel";
import { guard } from "./failures";
import { HAS_REPORT } from "./identifiers";
import { Layers } from "./layers";
import { LazyWorker } from "./lazy-worker";
import { Memory } from "./memory";
import { missingRuntime } from "./missing-runtime";
import { ModelEditorProvider } from "./model-editor/provider";
import type { Answers } from "./quantize/answers";
import { quantizeModel } from "./quantize/quantize-model";
import { quantizeWithSettings, type QuantizedModel } from "./quantize/quantize-with-settings";
import type { RecipeServices } from "./quantize/run-recipe";
import { Recipes } from "./recipes/recipes";
import { ReportStore } from "./report-store";
import { Reports } from "./reports";
import { saveExport } from "./save-export";
import { Trainings } from "./training/trainings";

export class Session extends Disposable {
  readonly current: CurrentModel;
  readonly reports: Reports;
  readonly recipes: Recipes;
  readonly layers: Layers;
  readonly trainings: Trainings;
  readonly extensionUri: vscode.Uri;
  private readonly worker: LazyWorker;
  private readonly memory: Memory;
  private readonly store: ReportStore;
  private readonly editors: ModelEditorProvider;
  private readonly comparison: ComparisonPanel;
  private readonly equalization: EqualizationPanel;
  private readonly quantizing: RecipeServices;

  constructor(
    context: vscode.ExtensionContext,
    readonly log: vscode.LogOutputChannel,
  ) {
    super();
    const { extensionUri } = context;
    this.extensionUri = extensionUri;
    this.current = this.own(new CurrentModel());
    this.worker = this.own(new LazyWorker(extensionUri, log));
    this.memory = new Memory(context.workspaceState);
    this.store = new ReportStore(context.storageUri, log);
    const shared = { extensionUri, current: this.current, log };
    this.editors = this.own(
      new ModelEditorProvider({
        ...shared,
        worker: this.worker,
        quantize: (model) => void this.guard(this.quantize(model)),
      }),
    );
    this.reports = this.own(
      new Reports({
        ...shared,
        worker: this.worker,
        store: this.store,
        lastQuantization: () => this.recipes.lastQuantization(),
        quantize: (model) => void this.guard(this.quantize(model)),
        analyze: (model) => void this.guard(this.analyze(model)),
        quantizeWithRule: (view, layer, rule) => void this.guard(this.layers.changeIn(view, layer, { rule })),
        quantizeWithSettings: ({ uri, report, files }, settings) =>
          void this.guard(this.quantizeWith({ uri, recipe: report.recipe, wasWritten: files.length > 0 }, settings)),
      }),
    );
    this.comparison = this.own(
      new ComparisonPanel({
        extensionUri,
        log,
        storage: context.storageUri,
        compare: (model) => void this.guard(this.compare(model)),
        saveRecipe: (view) => void this.guard(saveAsRecipe(this.worker, view)),
        quantize: (view) => void this.guard(quantizeWithChoice(this.quantizing, this.memory, view)),
      }),
    );
    this.equalization = this.own(
      new EqualizationPanel({
        extensionUri,
        log,
        storage: context.storageUri,
        compare: (model) => void this.guard(this.compareEqualizations(model)),
        quantize: ({ uri, comparison }, settings) =>
          void this.guard(this.quantizeWith({ uri, recipe: comparison.recipe, wasWritten: false }, settings)),
        save: ({ uri }, format, bytes) => void this.guard(saveExport(uri, "equalization", format, bytes)),
      }),
    );
    this.quantizing = {
      worker: this.worker,
      current: this.current,
      store: this.store,
      showReport: () => {
        this.reports.show();
      },
      openWeights: () => void this.guard(this.reports.openWeights()),
    };
    const { workspaceState: state, storageUri: storage } = context;
    this.recipes = this.own(new Recipes({ ...shared, state, storage, ...this.quantizing }));
    this.layers = this.own(
      new Layers({
        current: this.current,
        memory: this.memory,
        recipes: this.recipes,
        quantizing: this.quantizing,
        missing: missingRuntime(extensionUri),
        showReport: () => {
          this.reports.show(true);
        },
      }),
    );
    this.trainings = this.own(
      new Trainings({
        ...shared,
        worker: this.worker,
        memory: this.memory,
        storage,
        runRecipe: (file, index) => this.recipes.run(file, index),
        openReport: (file, index) => this.recipes.openReport(file, index),
      }),
    );
    this.own(
      this.current.onDidChange(() => {
        void vscode.commands.executeCommand("setContext", HAS_REPORT, this.current.quantized !== undefined);
      }),
    );
  }

  /** The model that a command was called with, or the one in view. */
  modelOr(model: vscode.Uri | undefined): vscode.Uri | undefined {
    return model ?? this.activeModel ?? this.trainings.activeModel;
  }

  /** Asks for what is not given, quantizes and shows the result. @throws BitwrightError */
  quantize(model: vscode.Uri | undefined, answers?: Answers): Promise<void> {
    return quantizeModel(this.quantizing, this.memory, model ?? this.activeModel, answers);
  }

  /** Asks for what is not given, compares and shows the result. @throws BitwrightError */
  compare(model: vscode.Uri | undefined, schemes?: string): Promise<void> {
    const services = {
      worker: this.worker,
      memory: this.memory,
      show: (view: ComparisonView) => {
        this.comparison.show(view);
      },
    };
    return compareSchemes(services, model ?? this.activeModel, schemes);
  }

  /** Asks for what is not given, measures noise on data and shows the result. @throws BitwrightError */
  analyze(model: vscode.Uri | undefined, answers?: unknown): Promise<void> {
    return analyzeNoise({ ...this.quantizing, memory: this.memory }, model ?? this.activeModel, answers);
  }

  /** Asks for what is not given, compares equalizations on data and shows the result. @throws BitwrightError */
  compareEqualizations(model: vscode.Uri | undefined, answers?: unknown): Promise<void> {
    const services = {
      worker: this.worker,
      memory: this.memory,
      current: this.current,
      show: (view: EqualizationView) => {
        this.equalization.show(view);
      },
    };
    return compareEqualizations(services, model ?? this.activeModel, answers);
  }

  /** The model whose editor, report or comparison has the focus. */
  private get activeModel(): vscode.Uri | undefined {
    return (
      this.editors.activeModel ??
      this.reports.activeModel ??
      this.comparison.activeModel ??
      this.equalization.activeModel
    );
  }

  private quantizeWith(model: QuantizedModel, settings: object): Promise<void> {
    return quantizeWithSettings(this.quantizing, this.memory, model, settings);
  }

  private guard(work: Promise<void>): Promise<void> {
    return guard(work, this.log);
  }
}
