import * as vscode from "vscode";
import type { Report } from "../protocol/report";
import { CONFIGURATION, LOW_SQNR_DB } from "./identifiers";

const DEFAULT_LOW_SQNR_DB = 30;

/** SQNR in dB below which a layer of a report is marked: what its recipe demands, or else the setting. */
export function lowSqnrDb({ recipe }: Pick<Report, "recipe">): number {
  const demanded = recipe?.["minSqnrDb"];
  if (typeof demanded === "number") return demanded;
  const value = vscode.workspace.getConfiguration(CONFIGURATION).get<unknown>(LOW_SQNR_DB);
  return typeof value === "number" && Number.isFinite(value) ? value : DEFAULT_LOW_SQNR_DB;
}

/** Calls back whenever `lowSqnrDb` may have changed. */
export function onDidChangeLowSqnrDb(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(`${CONFIGURATION}.${LOW_SQNR_DB}`)) listener();
  });
}
