/** Numbers in the person's language. */
import * as vscode from "vscode";
import { numbersIn } from "../protocol/format";

let inLanguage: ((text: string) => string) | undefined;

/** A number that is formatted already, with the separators of VS Code's language; English where there are no translations to it. */
export function localNumber(text: string): string {
  inLanguage ??= numbersIn(vscode.l10n.bundle === undefined ? "en" : vscode.env.language);
  return inLanguage(text);
}
