/** Marks of layers with low SQNR in the side panel: a badge and a colour, with words for both. */
import * as vscode from "vscode";
import type { Grade } from "../../protocol/webview";

/** URIs of this scheme name no file: they carry what is marked from an entry to its decoration. */
const SCHEME = "bitwright-layer";
const COUNT = "count";

/** Two characters fit into a badge. */
const MAX_COUNT = 99;

const WARNING = new vscode.ThemeColor("list.warningForeground");
const ERROR = new vscode.ThemeColor("list.errorForeground");

/** @param lowSqnrDb what the layer was graded by */
export function gradeUri(grade: Grade, lowSqnrDb: number, layer: number): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${grade}/${layer}`, query: String(lowSqnrDb) });
}

/** @param count of layers below an entry that are marked */
export function lowCountUri(count: number): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${COUNT}/${count}` });
}

export class LayerDecorations implements vscode.FileDecorationProvider {
  provideFileDecoration({ scheme, path, query }: vscode.Uri): vscode.FileDecoration | undefined {
    if (scheme !== SCHEME) return undefined;
    const [, kind, number] = path.split("/");
    switch (kind) {
      case COUNT: {
        const count = Number(number);
        const badge = String(Math.min(count, MAX_COUNT));
        const text =
          count === 1 ? vscode.l10n.t("1 layer with low SQNR") : vscode.l10n.t("{0} layers with low SQNR", count);
        return new vscode.FileDecoration(badge, text, WARNING);
      }
      case "low":
        return new vscode.FileDecoration("!", vscode.l10n.t("SQNR below {0} dB", query), WARNING);
      case "very-low":
        return new vscode.FileDecoration("!!", vscode.l10n.t("SQNR far below {0} dB", query), ERROR);
      default:
        return undefined;
    }
  }
}
