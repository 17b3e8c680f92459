import type * as vscode from "vscode";
import { BANNER_MARK } from "../../engine/emit/banner";

/** The languages whose editors show generated files, and the code that uses them. */
export const C_DOCUMENTS: readonly vscode.DocumentFilter[] = [
  { scheme: "file", language: "c" },
  { scheme: "file", language: "cpp" },
];

const LANGUAGES = new Set(C_DOCUMENTS.map(({ language }) => language));

/** Whether Bitwright wrote the C file: its first line says so. */
export function isGenerated(document: vscode.TextDocument): boolean {
  return LANGUAGES.has(document.languageId) && document.lineAt(0).text.includes(BANNER_MARK);
}
