/** How values of the data become those that the model was trained on: a few usual ways, or the numbers themselves. */
import * as vscode from "vscode";
import { choose, type BACK, type Choice, type Position } from "../quantize/steps";
import type { PreprocessingAnswer } from "./answers";

const CUSTOM = Symbol("custom");

interface Preset {
  readonly label: () => string;
  readonly detail: () => string;
  readonly value: PreprocessingAnswer;
}

/** ImageNet's figures are of RGB values from 0 to 1. */
const PRESETS: readonly Preset[] = [
  {
    label: () => vscode.l10n.t("As they are"),
    detail: () => vscode.l10n.t("The data are what the model takes"),
    value: {},
  },
  {
    label: () => vscode.l10n.t("0…1 (÷255)"),
    detail: () => vscode.l10n.t("Bytes, as images have them, for a model that takes 0 to 1"),
    value: { scale: 1 / 255 },
  },
  {
    label: () => vscode.l10n.t("−1…1"),
    detail: () => vscode.l10n.t("Bytes for a model that takes −1 to 1: x ÷ 127.5 − 1"),
    value: { scale: 1 / 127.5, mean: 1 },
  },
  {
    label: () => vscode.l10n.t("ImageNet mean/std"),
    detail: () => vscode.l10n.t("RGB bytes, normalized by the mean and standard deviation of ImageNet"),
    value: { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  },
];

/** BACK, or undefined where the user left. */
export async function askForPreprocessing(
  title: string,
  position: Position,
): Promise<PreprocessingAnswer | typeof BACK | undefined> {
  const choices: Choice<PreprocessingAnswer | typeof CUSTOM>[] = [
    ...PRESETS.map(({ label, detail, value }) => ({ label: label(), detail: detail(), value })),
    {
      label: vscode.l10n.t("Custom…"),
      detail: vscode.l10n.t("Scale, mean and standard deviation: (x · scale − mean) ÷ std"),
      value: CUSTOM,
    },
  ];
  for (;;) {
    const placeholder = vscode.l10n.t("How values become the model's input");
    const chosen = await choose({ title, placeholder, choices, position });
    if (chosen !== CUSTOM) return chosen;
    const custom = await askForNumbers(title);
    if (custom !== undefined) return custom;
  }
}

/** For example `0…1 (÷255)`; the numbers where no preset has them. */
export function preprocessingText(answer: PreprocessingAnswer): string {
  const key = JSON.stringify(answer);
  const preset = PRESETS.find(({ value }) => JSON.stringify(value) === key);
  if (preset !== undefined) return preset.label();
  return Object.entries(answer)
    .map(([field, value]) => `${field} ${String(value)}`)
    .join(", ");
}

async function askForNumbers(title: string): Promise<PreprocessingAnswer | undefined> {
  const ask = (prompt: string, value: string, isValid: (numbers: readonly number[]) => boolean) =>
    vscode.window.showInputBox({
      title,
      prompt,
      value,
      ignoreFocusOut: true,
      validateInput: (text) =>
        isValid(numbersOf(text)) ? undefined : vscode.l10n.t("Numbers, separated by commas; a std is above 0"),
    });
  const areNumbers = (numbers: readonly number[]): boolean => numbers.length > 0 && numbers.every(Number.isFinite);
  const scale = await ask(vscode.l10n.t("Scale"), "1", (numbers) => areNumbers(numbers) && numbers.length === 1);
  if (scale === undefined) return undefined;
  const mean = await ask(vscode.l10n.t("Mean, one number or one a channel"), "0", areNumbers);
  if (mean === undefined) return undefined;
  const isStd = (numbers: readonly number[]): boolean => areNumbers(numbers) && numbers.every((number) => number > 0);
  const std = await ask(vscode.l10n.t("Standard deviation, one number or one a channel"), "1", isStd);
  if (std === undefined) return undefined;
  return { scale: numbersOf(scale)[0], mean: oneOrMany(mean), std: oneOrMany(std) };
}

function numbersOf(text: string): number[] {
  return text.split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
}

function oneOrMany(text: string): number | number[] {
  const numbers = numbersOf(text);
  return numbers.length === 1 ? numbers[0] : numbers;
}
