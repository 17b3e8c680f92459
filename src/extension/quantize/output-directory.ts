/** Where the generated files go: a folder inside the workspace folder. */
import * as vscode from "vscode";
import { BitwrightError } from "../../protocol/errors";
import { notificationText } from "../notification-text";
import { relativeInside } from "../relative-path";
import type { BACK } from "./steps";
import { choose, type Choice, type Position } from "./steps";

const DEFAULT_DIRECTORY = "firmware";

/** The user wants to see the other options first. */
export const MORE_OPTIONS = Symbol("more options");

/** Stands for asking with the system's dialog. */
const ANOTHER_DIRECTORY = Symbol("another directory");

/**
 * Asks for a folder, relative to the workspace folder.
 * @param remembered the folder used last
 * @param options those chosen so far, in words; offers to change them where given
 * @returns BACK, MORE_OPTIONS, or undefined where the user left
 */
export async function chooseDirectory(
  title: string,
  folder: vscode.WorkspaceFolder,
  remembered: string | undefined,
  position: Position,
  options?: string,
): Promise<string | typeof BACK | typeof MORE_OPTIONS | undefined> {
  for (;;) {
    const choices = [...directoryChoices(remembered), ...(options === undefined ? [] : [moreChoice(options)])];
    const placeholder = vscode.l10n.t("Output folder, inside {0}", folder.name);
    const chosen = await choose({ title, placeholder, choices, position });
    if (chosen !== ANOTHER_DIRECTORY) return chosen;
    const picked = await pickDirectory(folder);
    if (picked !== undefined) return picked;
  }
}

type Chosen = string | typeof ANOTHER_DIRECTORY | typeof MORE_OPTIONS;

function moreChoice(options: string): Choice<Chosen> {
  return {
    label: vscode.l10n.t("More options…"),
    description: options,
    detail: vscode.l10n.t("Clipping, rounding, what only this scheme has, and equalization on calibration data"),
    iconPath: new vscode.ThemeIcon("settings"),
    alwaysShow: true,
    value: MORE_OPTIONS,
  };
}

/** The folder used last, the default, and any other. */
function directoryChoices(remembered: string | undefined): Choice<Chosen>[] {
  const directories = [...new Set([remembered ?? DEFAULT_DIRECTORY, DEFAULT_DIRECTORY])];
  return [
    ...directories.map((directory) => ({
      label: `${directory}/`,
      description: directory === remembered ? vscode.l10n.t("used last") : "",
      iconPath: new vscode.ThemeIcon("folder"),
      value: directory,
    })),
    {
      label: vscode.l10n.t("Choose another folder…"),
      iconPath: new vscode.ThemeIcon("folder-opened"),
      alwaysShow: true,
      value: ANOTHER_DIRECTORY,
    },
  ];
}

/** Path relative to the workspace folder; undefined where none was chosen or it lies outside, which is said. */
async function pickDirectory(folder: vscode.WorkspaceFolder): Promise<string | undefined> {
  const picked = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    canSelectMany: false,
    defaultUri: folder.uri,
    openLabel: vscode.l10n.t("Write Here"),
    title: vscode.l10n.t("Output folder inside {0}", folder.name),
  });
  const chosen = picked?.[0];
  if (chosen === undefined) return undefined;
  const relative = chosen.scheme === folder.uri.scheme ? relativeInside(folder.uri.path, chosen.path) : undefined;
  if (relative === undefined) {
    const error = new BitwrightError(
      "output-outside",
      `the folder lies outside the workspace folder "${folder.name}"`,
      "Choose a folder inside it",
    );
    void vscode.window.showErrorMessage(notificationText(`${error.message} (${error.code})`));
  }
  return relative;
}
