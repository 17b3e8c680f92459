/** The read-only editor of `.onnx` files: keeps the previews, one a panel. */
import * as vscode from "vscode";
import { Disposable } from "../disposable";
import { MODEL_EDITOR } from "../identifiers";
import { ModelPreview, type PreviewServices } from "./preview";

export class ModelEditorProvider extends Disposable implements vscode.CustomReadonlyEditorProvider {
  private readonly previews = new Set<ModelPreview>();

  constructor(private readonly services: PreviewServices) {
    super();
    this.own(
      vscode.window.registerCustomEditorProvider(MODEL_EDITOR, this, { supportsMultipleEditorsPerDocument: true }),
    );
  }

  /** The model whose editor has the focus. */
  get activeModel(): vscode.Uri | undefined {
    for (const preview of this.previews) if (preview.isActive) return preview.uri;
    return undefined;
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => undefined };
  }

  resolveCustomEditor(document: vscode.CustomDocument, panel: vscode.WebviewPanel): void {
    const preview = new ModelPreview(document.uri, panel, this.services);
    this.previews.add(preview);
    panel.onDidDispose(() => {
      this.previews.delete(preview);
      preview.dispose();
    });
  }

  override dispose(): void {
    for (const preview of this.previews) preview.dispose();
    this.previews.clear();
    super.dispose();
  }
}
