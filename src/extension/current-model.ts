/** Which model the user is looking at, and which of its layers. Side panel, editor and report panel all follow it. */
import * as vscode from "vscode";
import type { Report } from "../protocol/report";
import { Disposable } from "./disposable";

export interface ModelView {
  readonly uri: vscode.Uri;
  /** Of an inspection where `report.recipe` is null, otherwise of a quantization. */
  readonly report: Report;
  /** Absolute paths of the generated files; empty for an inspection. */
  readonly files: readonly string[];
}

export class CurrentModel extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  private readonly selected = this.own(new vscode.EventEmitter<number>());
  private shown: ModelView | undefined;
  private lastQuantized: ModelView | undefined;
  private layer: number | null = null;

  /** Another model or another report of it is shown, or the last quantization has another report. */
  readonly onDidChange = this.changed.event;
  /** A layer was selected, named by its index. */
  readonly onDidSelectLayer = this.selected.event;

  get view(): ModelView | undefined {
    return this.shown;
  }

  /** The last quantization, whichever model is shown. */
  get quantized(): ModelView | undefined {
    return this.lastQuantized;
  }

  get selectedLayer(): number | null {
    return this.layer;
  }

  showQuantized(view: ModelView): void {
    this.lastQuantized = view;
    this.show(view);
  }

  /** Takes another report in place of that of the last quantization, and shows it where that is shown. */
  replaceQuantized(view: ModelView): void {
    if (this.shown === this.lastQuantized) {
      this.showQuantized(view);
      return;
    }
    this.lastQuantized = view;
    this.changed.fire();
  }

  /** Shows an inspected model, or the last quantization where it is of the very same bytes. */
  showInspected(view: ModelView): void {
    const quantized = this.lastQuantized;
    const same =
      quantized?.uri.toString() === view.uri.toString() && quantized.report.model.sha256 === view.report.model.sha256;
    this.show(same ? quantized : view);
  }

  /** An index outside the shown model's layers is ignored. */
  selectLayer(index: number): void {
    if (this.shown?.report.layers[index] === undefined || this.layer === index) return;
    this.layer = index;
    this.selected.fire(index);
  }

  private show(view: ModelView): void {
    if (this.shown === view) return;
    const sameModel = this.shown?.uri.toString() === view.uri.toString();
    const stillThere = this.layer !== null && this.layer < view.report.layers.length;
    if (!sameModel || !stillThere) this.layer = null;
    this.shown = view;
    this.changed.fire();
  }
}
