/** What commands are called with: menus and key bindings hand over anything. */
import * as vscode from "vscode";
import { GRANULARITIES } from "../engine/schemes/scheme";
import { LayerElement } from "./layer-tree";
import type { Answers } from "./quantize/answers";

/** The file that a menu was opened on. */
export function uriOf(argument: unknown): vscode.Uri | undefined {
  return argument instanceof vscode.Uri ? argument : undefined;
}

/** Candidates as the command line takes them, which a key binding gives in place of the question. */
export function schemesOf(argument: unknown): string | undefined {
  return typeof argument === "string" ? argument : undefined;
}

/** Where something stands in a list. */
export function indexOf(argument: unknown): number | undefined {
  return typeof argument === "number" ? argument : undefined;
}

/** The index of a layer, or of a tree item's. */
export function layerOf(argument: unknown): number | undefined {
  if (argument instanceof LayerElement) return argument.index;
  return indexOf(argument);
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
