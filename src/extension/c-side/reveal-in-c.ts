/** From a layer to its array in generated C. */
import { basename } from "node:path";
import * as vscode from "vscode";
import { namesInReport } from "../../engine/emit/report-names";
import { BitwrightError, shownName } from "../../protocol/errors";
import type { ModelView } from "../current-model";
import { findLayer } from "./find-layer";

/**
 * Opens the file that defines a layer's weights, at their array; the one that declares them where the other is too large.
 * @param index of the layer
 * @throws BitwrightError not-available where no generated file has it
 */
export async function revealInC({ files, report }: ModelView, index: number): Promise<void> {
  const names = namesInReport(report)[index];
  const { name } = report.layers[index];
  for (const file of inOrderOfInterest(files)) {
    const document = await opened(file);
    const range = document && findLayer(document.getText(), names, name);
    if (document === undefined || range === undefined) continue;
    const [start, end] = [document.positionAt(range.offset), document.positionAt(range.offset + range.length)];
    await vscode.window.showTextDocument(document, { selection: new vscode.Range(start, end), preview: true });
    return;
  }
  throw new BitwrightError("not-available", "no C file has the layer's weights", "Quantize the model to C first", {
    layer: shownName(name),
  });
}

/** Definitions before declarations, weights before inference. */
function inOrderOfInterest(files: readonly string[]): string[] {
  const ranks = [/_weights\.c$/u, /_weights\.h$/u, /\.c$/u];
  return ranks.flatMap((rank, at) =>
    files.filter((file) => rank.test(basename(file)) && !ranks.slice(0, at).some((earlier) => earlier.test(file))),
  );
}

/** Undefined for what is gone, and for what is too large for an editor. */
async function opened(file: string): Promise<vscode.TextDocument | undefined> {
  try {
    return await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  } catch {
    return undefined;
  }
}
