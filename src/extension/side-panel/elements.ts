/** What the side panel's tree is made of, and what its commands get. */
import type * as vscode from "vscode";
import type { BitwrightError } from "../../protocol/errors";
import type { LayerReport } from "../../protocol/report";
import type { ModelView } from "../current-model";
import type { RecipeStatus } from "../regenerate/regenerator";

/** A model file. Without recipes and quantizations its children are the layers as they are in the file. */
export class ModelElement {
  constructor(readonly uri: vscode.Uri) {}
}

/** A recipe that uses the model. */
export class RecipeElement {
  constructor(
    readonly model: ModelElement,
    readonly status: RecipeStatus,
  ) {}
}

/** The last quantization that no recipe asked for. */
export class QuantizationElement {
  constructor(
    readonly model: ModelElement,
    readonly view: ModelView,
  ) {}
}

export type LayerParent = ModelElement | RecipeElement | QuantizationElement;

export class LayerElement {
  readonly layer: LayerReport;

  /** @param index of a layer of the view */
  constructor(
    readonly parent: LayerParent,
    readonly view: ModelView,
    readonly index: number,
  ) {
    this.layer = view.report.layers[index];
  }
}

/** In place of layers: why there are none. */
export class NoticeElement {
  constructor(
    readonly parent: LayerParent,
    readonly error: BitwrightError | null,
  ) {}
}

export type SideElement = LayerParent | LayerElement | NoticeElement;

export function parentOf(element: SideElement): SideElement | undefined {
  if (element instanceof ModelElement) return undefined;
  return element instanceof LayerElement || element instanceof NoticeElement ? element.parent : element.model;
}

/** Equal for elements that stand for the same, so that what is unfolded stays so. */
export function idOf(element: SideElement): string {
  if (element instanceof ModelElement) return element.uri.toString();
  if (element instanceof RecipeElement) {
    const { file, index } = element.status.target;
    return `${idOf(element.model)} recipe ${index} ${file}`;
  }
  if (element instanceof QuantizationElement) return `${idOf(element.model)} quantization`;
  if (element instanceof NoticeElement) return `${idOf(element.parent)} notice`;
  return `${idOf(element.parent)} layer ${element.index}`;
}
