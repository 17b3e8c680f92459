/** What becomes of recipes, line by line in the log. */
import * as vscode from "vscode";
import type { Generated } from "../../protocol/worker";
import type { RecipeState } from "../regenerate/recipe-state";
import type { RecipeTarget } from "../regenerate/recipe-target";
import { stateText } from "../status/status-item";

export class RecipeLog {
  constructor(private readonly log: vscode.LogOutputChannel) {}

  state(target: RecipeTarget, state: RecipeState): void {
    if (state.kind === "failed") this.log.error(`${label(target)}: ${state.error.message}`);
    else this.log.info(`${label(target)}: ${stateText(state.kind)}`);
  }

  run(target: RecipeTarget, { files, written }: Generated, milliseconds: number): void {
    const outcome = `wrote ${written.length} of ${files.length} files in ${Math.round(milliseconds)} ms`;
    this.log.info(`${label(target)}: ${outcome}`);
  }
}

function label({ file, index }: RecipeTarget): string {
  return `${vscode.workspace.asRelativePath(file)}, models[${index}]`;
}
