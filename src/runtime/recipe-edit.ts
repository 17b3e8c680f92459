/** Edits of a recipe file's text that leave the rest of it as its author wrote it. */
import { applyEdits, modify, type JSONPath, type ModificationOptions } from "jsonc-parser";
import { choiceFor, parseRecipe } from "../engine/recipe";
import { LAYER_OPERATORS } from "../engine/graph/layer";
import { RecipeText } from "./recipe-text";

/** What is to become of one layer. */
export type LayerChange =
  | { readonly bits: number }
  | { readonly keep: "float" | "codes" }
  | { readonly rule: Readonly<Record<string, unknown>> };

/** A layer as rules match it. */
export interface ChangedLayer {
  readonly name: string;
  /** ONNX operator. */
  readonly op: string;
}

/** Fields of a rule that do not outlive another width: parameters were trained for the one there was. */
const BOUND_TO_BITS = new Set(["bits", "keep", "parameters"]);

/**
 * The text of a recipe file with a rule by which the layer is quantized as wanted. Its rule moves behind all others, for later
 * ones win; what it says besides is kept.
 * @param index of the recipe in the file
 * @throws BitwrightError recipe-invalid, where the file or the changed recipe is not one
 */
export function withLayerChange(text: string, index: number, layer: ChangedLayer, change: LayerChange): string {
  const path: JSONPath = ["models", index, "layers", layer.name];
  const before = new RecipeText(text).recipes.at(index)?.value;
  const rule = newRule(before, layer, change);
  const without = hasRule(before, layer.name) ? edited(text, path, undefined) : text;
  const changed = rule === undefined ? without : edited(without, path, rule);
  parseRecipe(new RecipeText(changed).recipes.at(index)?.value);
  return changed;
}

/** As {@link withLayerChange}, of a recipe that is in no file. */
export function recipeWithLayerChange(recipe: object, layer: ChangedLayer, change: LayerChange): unknown {
  const text = withLayerChange(JSON.stringify({ models: [recipe] }), 0, layer, change);
  return new RecipeText(text).recipes.at(0)?.value;
}

/** Undefined where the layer needs no rule of its own. */
function newRule(recipe: unknown, layer: ChangedLayer, change: LayerChange): Record<string, unknown> | undefined {
  if ("rule" in change) return { ...change.rule };
  const old = ruleOf(recipe, layer.name);
  if ("bits" in change) {
    const kept = Object.entries(old).filter(([field]) => !BOUND_TO_BITS.has(field));
    return { ...Object.fromEntries(kept), bits: change.bits };
  }
  if (change.keep === "float") return { keep: "float" };
  const parsed = parseRecipe(recipe);
  const op = LAYER_OPERATORS.find((operator) => operator === layer.op);
  const others = Object.entries(parsed.layers).filter(([pattern]) => pattern !== layer.name);
  const rest = { ...parsed, layers: Object.fromEntries(others) };
  const isQuantized = op !== undefined && choiceFor(rest, { name: layer.name, op }).keep === "codes";
  return isQuantized ? undefined : { bits: parsed.weights.bits };
}

function hasRule(recipe: unknown, name: string): boolean {
  return rulesOf(recipe).some(([pattern]) => pattern === name);
}

function ruleOf(recipe: unknown, name: string): object {
  const rule = rulesOf(recipe).find(([pattern]) => pattern === name)?.[1];
  return typeof rule === "object" && rule !== null ? rule : {};
}

function rulesOf(recipe: unknown): [string, unknown][] {
  if (typeof recipe !== "object" || recipe === null || !("layers" in recipe)) return [];
  const { layers } = recipe;
  return typeof layers === "object" && layers !== null ? Object.entries(layers) : [];
}

function edited(text: string, path: JSONPath, value: unknown): string {
  return applyEdits(text, modify(text, path, value, { formattingOptions: formattingOf(text) }));
}

/** As the file is indented and its lines end. */
function formattingOf(text: string): NonNullable<ModificationOptions["formattingOptions"]> {
  const indent = /^([ \t]+)\S/mu.exec(text)?.[1] ?? "  ";
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  return indent.startsWith("\t")
    ? { insertSpaces: false, tabSize: 4, eol }
    : { insertSpaces: true, tabSize: indent.length, eol };
}
