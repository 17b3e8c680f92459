/** Above the weights of every layer in generated C: what they cost, and the way to the report. */
import * as vscode from "vscode";
import type { CommandId } from "../identifiers";
import { layerDescription } from "../layer-text";
import { arraysIn, MAX_READ_LENGTH } from "./find-layer";
import { isGenerated } from "./generated-file";
import type { KnownLayers } from "./known-layers";

const GO_TO_LAYER: CommandId = "bitwright.goToLayer";
const OPEN_REPORT: CommandId = "bitwright.openGeneratedReport";

const START = new vscode.Range(0, 0, 0, 0);

export class LayerLenses implements vscode.CodeLensProvider {
  constructor(
    private readonly layers: KnownLayers,
    readonly onDidChangeCodeLenses: vscode.Event<void>,
  ) {}

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (!isGenerated(document)) return [];
    const file = document.uri.toString();
    const open = { title: vscode.l10n.t("$(graph) Open Report"), command: OPEN_REPORT, arguments: [file] };
    return [new vscode.CodeLens(START, open), ...(await this.layerLenses(document, file))];
  }

  private async layerLenses(document: vscode.TextDocument, file: string): Promise<vscode.CodeLens[]> {
    const view = await this.layers.viewOf(document.uri);
    const text = document.getText();
    if (view === undefined || text.length > MAX_READ_LENGTH) return [];
    const weights = new Map(this.layers.namesOf(view).map((names, index) => [names?.arrays.weights, index]));
    return arraysIn(text).flatMap(({ name, offset }) => {
      const index = weights.get(name);
      if (index === undefined) return [];
      const position = document.positionAt(offset);
      const title = `$(graph) ${layerDescription(view.report.layers[index], true)}`;
      const command = {
        title,
        command: GO_TO_LAYER,
        arguments: [file, name],
        tooltip: vscode.l10n.t("Show layer in report"),
      };
      return [new vscode.CodeLens(new vscode.Range(position, position), command)];
    });
  }
}
