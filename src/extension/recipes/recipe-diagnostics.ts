/** What is wrong with recipes and their runs, in the Problems panel. */
import { basename } from "node:path";
import { readFile } from "node:fs/promises";
import * as vscode from "vscode";
import { inRecipe } from "../../runtime/recipe-file";
import { fieldOf, RecipeText } from "../../runtime/recipe-text";
import { Disposable } from "../disposable";
import type { RecipeStatus } from "../regenerate/regenerator";
import { isRecipeFile } from "./recipe-files";
import { recipeProblems, type ProblemOptions, type RecipeProblem } from "./recipe-problems";

/** Typing goes on faster than that. */
const EDIT_DELAY_MS = 250;

export const DIAGNOSTICS = "bitwright";

/** A diagnostic that knows which file is missing, for the actions that mend it. */
export class RecipeDiagnostic extends vscode.Diagnostic {
  constructor(
    range: vscode.Range,
    message: string,
    readonly missingFile: string | null,
  ) {
    super(range, message, vscode.DiagnosticSeverity.Error);
  }
}

export class RecipeDiagnostics extends Disposable {
  private readonly collection = this.own(vscode.languages.createDiagnosticCollection(DIAGNOSTICS));
  /** What the collection has, by file: setting the same again would close a menu of quick fixes. */
  private readonly shown = new Map<string, string>();
  private readonly timers = new Map<string, NodeJS.Timeout>();

  /** @param statusOf the recipes of a file with what became of their last runs */
  constructor(
    private readonly statusOf: (file: string) => readonly RecipeStatus[],
    private readonly layerNames: ProblemOptions["layerNames"],
  ) {
    super();
    const edited = ({ uri }: vscode.TextDocument): void => {
      if (isRecipeFile(uri)) this.updateSoon(uri, EDIT_DELAY_MS);
    };
    this.own(
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        edited(document);
      }),
    );
    this.own(vscode.workspace.onDidOpenTextDocument(edited));
    this.own(vscode.workspace.onDidCloseTextDocument(edited));
  }

  /** Looks at a file again, once for all calls of one moment. */
  updateSoon(uri: vscode.Uri, delay = 0): void {
    const key = uri.toString();
    clearTimeout(this.timers.get(key));
    this.timers.set(
      key,
      setTimeout(() => {
        this.timers.delete(key);
        void this.update(uri);
      }, delay),
    );
  }

  override dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    super.dispose();
  }

  private async update(uri: vscode.Uri): Promise<void> {
    const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
    const isShown = document !== undefined || vscode.workspace.getWorkspaceFolder(uri) !== undefined;
    const text = document?.getText() ?? (isShown ? await readText(uri) : undefined);
    if (this.isDisposed) return;
    if (text === undefined) {
      this.collection.delete(uri);
      this.shown.delete(uri.toString());
      return;
    }
    const problems = this.problems(uri, text, document !== undefined);
    const key = JSON.stringify([
      text,
      problems.map(({ range, error, missingFile }) => [range, error.code, error.message, missingFile]),
    ]);
    if (this.shown.get(uri.toString()) === key) return;
    this.shown.set(uri.toString(), key);
    this.collection.set(
      uri,
      problems.map((problem) => diagnostic(new RecipeText(text), problem)),
    );
  }

  private problems(uri: vscode.Uri, text: string, isOpen: boolean): RecipeProblem[] {
    const found = recipeProblems(uri.fsPath, text, { schemaIsChecked: isOpen, layerNames: this.layerNames });
    const recipes = new RecipeText(text);
    for (const { target, state } of this.statusOf(uri.fsPath)) {
      if (state.kind !== "failed") continue;
      const error = inRecipe({ name: basename(target.file) }, target.index, state.error);
      const range = recipes.rangeOf(fieldOf(error, target.index));
      const isKnown = found.some((other) => other.error.code === error.code && other.range.offset === range.offset);
      if (!isKnown) found.push({ range, error, missingFile: null });
    }
    return found;
  }
}

async function readText(uri: vscode.Uri): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await readFile(uri.fsPath));
  } catch {
    return undefined;
  }
}

function diagnostic(recipes: RecipeText, { range, error, missingFile }: RecipeProblem): vscode.Diagnostic {
  const shown = new RecipeDiagnostic(editorRange(recipes, range.offset, range.length), error.message, missingFile);
  shown.source = "Bitwright";
  shown.code = error.code;
  return shown;
}

/** A part of a recipe file as editors count it. */
export function editorRange(recipes: RecipeText, offset: number, length: number): vscode.Range {
  const start = recipes.positionAt(offset);
  const end = recipes.positionAt(offset + length);
  return new vscode.Range(start.line, start.character, end.line, end.character);
}
