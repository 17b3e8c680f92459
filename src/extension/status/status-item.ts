/** The item in the status bar that says whether the generated files are those of the models. */
import { basename } from "node:path";
import * as vscode from "vscode";
import { shownName } from "../../protocol/errors";
import { Disposable } from "../disposable";
import type { CommandId } from "../identifiers";
import type { RecipeState } from "../regenerate/recipe-state";
import type { RecipeStatus } from "../regenerate/regenerator";
import { overallState, type OverallState } from "./overall-state";

const SHOW_LOG: CommandId = "bitwright.showLog";

/** More recipes than one wants to read in a tooltip. */
const MAX_LISTED = 20;

export class StatusItem extends Disposable {
  private readonly item = this.own(
    vscode.window.createStatusBarItem("bitwright.recipes", vscode.StatusBarAlignment.Left),
  );

  constructor() {
    super();
    this.item.name = vscode.l10n.t("Bitwright Recipes");
    this.item.command = { command: SHOW_LOG, title: vscode.l10n.t("Show Log") };
  }

  /** @param broken paths of recipe files that cannot be read */
  show(recipes: readonly RecipeStatus[], broken: readonly string[]): void {
    const state = overallState(
      recipes.map((recipe) => recipe.state),
      broken.length > 0,
    );
    if (state === null) {
      this.item.hide();
      return;
    }
    const text = stateText(state);
    this.item.text = `$(${STATE_ICONS[state]}) Bitwright: ${text}`;
    this.item.accessibilityInformation = { label: vscode.l10n.t("Bitwright recipes: {0}. Show log.", text) };
    this.item.backgroundColor = state === "failed" ? new vscode.ThemeColor("statusBarItem.errorBackground") : undefined;
    this.item.tooltip = tooltip(recipes, broken);
    this.item.show();
  }
}

/** Names of codicons, the same everywhere. */
export const STATE_ICONS: Readonly<Record<OverallState, string>> = {
  running: "sync~spin",
  failed: "error",
  stale: "warning",
  unknown: "circle-outline",
  current: "check",
};

/** A state in words, as everything that shows one says it. */
export function stateText(state: OverallState): string {
  switch (state) {
    case "running":
      return vscode.l10n.t("running");
    case "failed":
      return vscode.l10n.t("failed");
    case "stale":
      return vscode.l10n.t("stale");
    case "unknown":
      return vscode.l10n.t("checking");
    case "current":
      return vscode.l10n.t("up to date");
  }
}

/** Names come out of files: everything is appended as text. */
function tooltip(recipes: readonly RecipeStatus[], broken: readonly string[]): vscode.MarkdownString {
  const lines = [
    ...broken.map((file) => `${vscode.workspace.asRelativePath(file)}: ${vscode.l10n.t("cannot be read")}`),
    ...recipes.map(({ target, state }) => {
      const { name, directory } = target.recipe.output;
      const output = name === undefined ? directory : `${directory}/${name}`;
      return `${shownName(basename(target.model))} → ${shownName(output)}: ${detail(state)}`;
    }),
  ];
  const markdown = new vscode.MarkdownString("", true);
  for (const line of lines.slice(0, MAX_LISTED)) markdown.appendMarkdown("- ").appendText(line).appendMarkdown("\n");
  if (lines.length > MAX_LISTED) markdown.appendMarkdown(`- … ${lines.length - MAX_LISTED}\n`);
  return markdown;
}

function detail(state: RecipeState): string {
  return state.kind === "failed" ? `${stateText(state.kind)}. ${state.error.message}` : stateText(state.kind);
}
