/** Numbers and names as the pages show them: as everything else does, but for the words in them. */
import * as l10n from "@vscode/l10n";
import * as format from "../../src/protocol/format";

export * from "../../src/protocol/format";

/** `exact` where there is no noise. */
export function decibelText(decibels: number | null): string {
  return decibels === null ? l10n.t("exact") : format.decibelText(decibels);
}

export function nameText(name: string): string {
  return name === "" ? l10n.t("(no name)") : format.nameText(name);
}

export function shapeText(shape: readonly (number | string)[]): string {
  return shape.length === 0 ? l10n.t("scalar") : format.shapeText(shape);
}
