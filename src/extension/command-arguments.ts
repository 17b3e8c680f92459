/** What commands are called with: menus and key bindings hand over anything. */
import * as vscode from "vscode";
import { GRANULARITIES } from "../engine/schemes/scheme";
import type { Answers } from "./quantize/answers";
import { LayerElement, ModelElement, RecipeElement } from "./side-panel/elements";

/** The file that a menu was opened on; of an entry of the side panel the model's, or the recipe file. */
export function uriOf(argument: unknown): vscode.Uri | undefined {
  if (argument instanceof ModelElement) return argument.uri;
  if (argument instanceof RecipeElement) return vscode.Uri.file(argument.status.target.file);
  return argument instanceof vscode.Uri ? argument : undefined;
}

/** The file of a link in a text, which carries it in words. */
export function uriOfText(argument: unknown): vscode.Uri | undefined {
  const text = textOf(argument);
  return text === undefined ? uriOf(argument) : vscode.Uri.parse(text);
}

export function textOf(argument: unknown): string | undefined {
  return typeof argument === "string" ? argument : undefined;
}

/** Candidates as the command line takes them, which a key binding gives in place of the question. */
export function schemesOf(argument: unknown): string | undefined {
  return textOf(argument);
}

/** Where something stands in a list: a recipe in its file, for an entry of the side panel. @param element in place of it */
export function indexOf(argument: unknown, element?: unknown): number | undefined {
  if (element instanceof RecipeElement) return element.status.target.index;
  return typeof argument === "number" ? argument : undefined;
}

/** A layer of the side panel. */
export function elementOf(argument: unknown): LayerElement | undefined {
  return argument instanceof LayerElement ? argument : undefined;
}

/** The index of a layer in the report on show, or an entry of the side panel. */
export function layerOf(argument: unknown): number | LayerElement | undefined {
  return elementOf(argument) ?? indexOf(argument);
}

/**
 * Answers that a key binding gives in place of the questions; undefined for anything else, such as the list of files that
 * the explorer hands over. Their values are checked with the recipe.
 */
export function answersOf(argument: unknown): Answers | undefined {
  if (typeof argument !== "object" || argument === null) return undefined;
  const given: Partial<Record<keyof Answers, unknown>> = argument;
  const { scheme, bits, granularity, directory } = given;
  if (typeof scheme !== "string" || typeof bits !== "number" || typeof directory !== "string") return undefined;
  const known = GRANULARITIES.find((candidate) => candidate === granularity);
  if (known === undefined) return undefined;
  const [more, transforms, calibration] = [given.more, given.transforms, given.calibration].map(fieldsOf);
  return {
    scheme,
    bits,
    granularity: known,
    directory,
    ...(more === undefined ? {} : { more }),
    ...(transforms === undefined ? {} : { transforms }),
    ...(calibration === undefined ? {} : { calibration }),
  };
}

function fieldsOf(argument: unknown): Record<string, unknown> | undefined {
  return typeof argument === "object" && argument !== null ? { ...argument } : undefined;
}
