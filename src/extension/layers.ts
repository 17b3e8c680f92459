/** What can be asked of layers, in the side panel and in C: to be shown, found, and treated otherwise. */
import * as vscode from "vscode";
import { BitwrightError } from "../protocol/errors";
import type { LayerChange } from "../runtime/recipe-edit";
import { CSide } from "./c-side/c-side";
import type { CurrentModel, ModelView } from "./current-model";
import { Disposable } from "./disposable";
import type { Memory } from "./memory";
import type { RecipeServices } from "./quantize/run-recipe";
import type { Recipes } from "./recipes/recipes";
import { LayerElement } from "./side-panel/elements";
import { LayerViews } from "./side-panel/layer-views";
import { SidePanel } from "./side-panel/side-panel";

export interface LayersServices {
  readonly current: CurrentModel;
  readonly memory: Memory;
  readonly recipes: Recipes;
  readonly quantizing: RecipeServices;
  /** What this installation lacks, for the top of the side panel. */
  readonly missing: string | undefined;
  /** Shows the report without taking the focus. */
  readonly showReport: () => void;
}

export class Layers extends Disposable {
  readonly sidePanel: SidePanel;
  private readonly views: LayerViews;
  private readonly cSide: CSide;
  /** The last quantization of an earlier session, read once. */
  private last: Promise<ModelView | undefined> | undefined;

  constructor(private readonly services: LayersServices) {
    super();
    const { quantizing, recipes, current } = services;
    this.views = this.own(new LayerViews({ current, recipes, worker: quantizing.worker }));
    this.sidePanel = this.own(new SidePanel({ ...services, views: this.views }));
    const changed = this.own(new vscode.EventEmitter<void>());
    for (const event of [this.views.onDidChange, recipes.onDidChange, current.onDidChange]) {
      this.own(
        event(() => {
          changed.fire();
        }),
      );
    }
    this.cSide = this.own(new CSide({ views: () => this.knownViews(), onDidChange: changed.event }));
  }

  /** Selects a layer everywhere and shows where it is: in the report, or in the editor of a model without one. */
  async reveal(layer: number | LayerElement | undefined): Promise<void> {
    if (layer === undefined) return;
    if (layer instanceof LayerElement) await this.show(layer.view, layer.index);
    else if (this.services.current.view !== undefined) await this.show(this.services.current.view, layer);
  }

  /** Asks how many bits a layer is to have. @throws BitwrightError as `changeLayer` */
  async changeBits(element: LayerElement | undefined): Promise<void> {
    if (element === undefined) return;
    const { askBits } = await import("./side-panel/layer-actions");
    const bits = await askBits(element);
    if (bits !== undefined && bits !== element.layer.bits) await this.change(element, { bits });
  }

  /** @throws BitwrightError as `changeLayer` */
  async change(element: LayerElement | undefined, change: LayerChange): Promise<void> {
    if (element === undefined) return;
    const { quantizing, recipes } = this.services;
    const { changeLayer } = await import("./side-panel/layer-actions");
    await changeLayer({ quantizing, runRecipe: (file, index) => recipes.run(file, index) }, element, change);
    this.services.current.selectLayer(element.index);
  }

  /** @throws BitwrightError as `changeLayer` */
  changeIn(view: ModelView, index: number, change: LayerChange): Promise<void> {
    return this.change(new LayerElement(this.views.parentOf(view), view, index), change);
  }

  /** @throws BitwrightError not-available where no generated file has the layer */
  async revealInC(element: LayerElement | undefined): Promise<void> {
    if (element === undefined) return;
    const { revealInC } = await import("./c-side/reveal-in-c");
    await revealInC(element.view, element.index);
  }

  /** Goes to the layer of a name in a file, or at the cursor, or to one that is asked for. */
  async goTo(file: vscode.Uri | undefined, identifier: string | undefined): Promise<void> {
    const found = await this.cSide.layer(file, identifier);
    if (found !== undefined) await this.show(found.view, found.index);
  }

  /** Opens the report of a generated file. @throws BitwrightError not-available where there is none */
  async openReportOf(file: vscode.Uri | undefined): Promise<void> {
    const uri = file ?? vscode.window.activeTextEditor?.document.uri;
    const view = uri && ((await this.cSide.viewOf(uri)) ?? (await this.views.measureRecipeOf(uri)));
    if (view === undefined) {
      throw new BitwrightError(
        "not-available",
        "no recipe of this workspace writes the file, and it is not of the last quantization",
        "Quantize its model again",
      );
    }
    this.services.current.showQuantized(view);
    this.services.showReport();
  }

  private async show(view: ModelView, index: number): Promise<void> {
    const { current, showReport } = this.services;
    if (view.report.recipe === null) current.showInspected(view);
    else current.showQuantized(view);
    current.selectLayer(index);
    if (current.view !== undefined && current.view === current.quantized) showReport();
    else await vscode.commands.executeCommand("vscode.open", view.uri, { preserveFocus: true, preview: true });
  }

  private async knownViews(): Promise<ModelView[]> {
    const views = await this.views.all();
    if (this.services.current.quantized !== undefined) return views;
    this.last ??= this.services.recipes.lastQuantization();
    const last = await this.last;
    return last === undefined ? views : [...views, last];
  }
}
