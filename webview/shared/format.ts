/** Numbers and names as everything shows them, with the words and separators of the page's language. */
import * as l10n from "@vscode/l10n";
import * as format from "../../src/protocol/format";

export { shortened, signedText } from "../../src/protocol/format";

let inLanguage = format.numbersIn("en");

/** @param language a BCP 47 tag, in which numbers are written from now on */
export function writeNumbersIn(language: string): void {
  inLanguage = format.numbersIn(language);
}

export function countText(count: number): string {
  return inLanguage(format.countText(count));
}

export function bytesText(bytes: number): string {
  return inLanguage(format.bytesText(bytes));
}

export function figureText(value: number): string {
  return inLanguage(format.figureText(value));
}

export function momentText(value: number): string {
  return inLanguage(format.momentText(value));
}

export function percentText(share: number): string {
  return inLanguage(format.percentText(share));
}

export function signedPercentText(difference: number): string {
  return inLanguage(format.signedPercentText(difference));
}

/** `exact` where there is no noise. */
export function decibelText(decibels: number | null): string {
  return decibels === null ? l10n.t("exact") : inLanguage(format.decibelText(decibels));
}

/** What weights lose: as `decibelText`, and `undefined` where all weights are zero and the codes are not. */
export function sqnrText({ sqnrDb, exact }: { readonly sqnrDb: number | null; readonly exact: boolean }): string {
  return sqnrDb === null && !exact ? l10n.t("undefined") : decibelText(sqnrDb);
}

export function gainText(decibels: number | null): string {
  return inLanguage(format.gainText(decibels));
}

export function axisText(min: number, max: number): (value: number) => string {
  const text = format.axisText(min, max);
  return (value) => inLanguage(text(value));
}

export function nameText(name: string): string {
  return name === "" ? l10n.t("(no name)") : format.nameText(name);
}

export function shapeText(shape: readonly (number | string)[]): string {
  return shape.length === 0 ? l10n.t("scalar") : format.shapeText(shape);
}
