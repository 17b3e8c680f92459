/** What Bitwright adds to editors of C: registered with the extension, which no C file by itself wakes. */
import * as vscode from "vscode";
import type { ModelView } from "../current-model";
import { Disposable } from "../disposable";
import { IN_GENERATED_FILE } from "../identifiers";
import { askForLayer, layerAtCursor } from "./go-to-layer";
import { C_DOCUMENTS, isGenerated } from "./generated-file";
import { KnownLayers, type KnownLayer } from "./known-layers";
import { LayerHover } from "./layer-hover";
import { LayerLenses } from "./layer-lenses";

export interface CSideServices {
  /** Reports that are known, or kept from earlier sessions; the one on show first. */
  views(): Promise<readonly ModelView[]>;
  /** Those may be others. */
  readonly onDidChange: vscode.Event<void>;
}

export class CSide extends Disposable {
  private readonly layers: KnownLayers;

  constructor(private readonly services: CSideServices) {
    super();
    this.layers = new KnownLayers(() => services.views());
    const { languages, window } = vscode;
    this.own(languages.registerHoverProvider(C_DOCUMENTS, new LayerHover(this.layers)));
    this.own(languages.registerCodeLensProvider(C_DOCUMENTS, new LayerLenses(this.layers, services.onDidChange)));
    const editorChanged = (editor: vscode.TextEditor | undefined): void => {
      const inGenerated = editor !== undefined && isGenerated(editor.document);
      void vscode.commands.executeCommand("setContext", IN_GENERATED_FILE, inGenerated);
    };
    this.own(window.onDidChangeActiveTextEditor(editorChanged));
    editorChanged(window.activeTextEditor);
  }

  /** The report that a generated file is of, where it is known. */
  viewOf(file: vscode.Uri): Promise<ModelView | undefined> {
    return this.layers.viewOf(file);
  }

  /**
   * The layer of a name in a file; without them that of the name under the cursor, or one that is asked for.
   * @returns undefined where the user left
   */
  async layer(file: vscode.Uri | undefined, identifier: string | undefined): Promise<KnownLayer | undefined> {
    if (file !== undefined && identifier !== undefined) {
      return this.layers.find(await vscode.workspace.openTextDocument(file), identifier);
    }
    return (await layerAtCursor(this.layers)) ?? (await askForLayer(await this.services.views()));
  }
}
