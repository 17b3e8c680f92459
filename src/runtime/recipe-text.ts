/** Where in the text of a recipe file its recipes and fields stand. */
import { getNodeValue, parseTree, type Node, type ParseError } from "jsonc-parser";
import { shownName, type BitwrightError } from "../protocol/errors";

/** Offsets count UTF-16 code units, as editors do. */
export interface TextRange {
  readonly offset: number;
  readonly length: number;
}

/** Counted from 0. */
export interface TextPosition {
  readonly line: number;
  readonly character: number;
}

export interface RecipeEntry extends TextRange {
  /** In the list `models`. */
  readonly index: number;
  /** As JSON, not yet checked. */
  readonly value: unknown;
  /** Null where it is no text. */
  readonly model: string | null;
}

/** Steps of a field as errors name it: `models[2].layers["/conv*"].bits`. */
const STEP = /\["(.*?)"\](?=$|[.[])|\[(\d+)\]|([^.[\]]+)/gs;

const START: TextRange = { offset: 0, length: 1 };

export class RecipeText {
  /** Undefined where the text has no value at all. */
  private readonly root: Node | undefined;
  private readonly errors: ParseError[] = [];

  /** @param text of any form: what is no JSON is read as far as it goes */
  constructor(readonly text: string) {
    this.root = parseTree(text, this.errors, { disallowComments: true, allowTrailingComma: false });
  }

  /** The first place that is no JSON; null where there is none. */
  get syntaxError(): TextRange | null {
    const error = this.errors.at(0);
    return error === undefined ? null : { offset: error.offset, length: Math.max(1, error.length) };
  }

  get recipes(): readonly RecipeEntry[] {
    const models = property(this.root, "models")?.children?.at(1);
    if (models?.type !== "array") return [];
    return (models.children ?? []).map((node, index) => {
      const model = valueOf(property(node, "model")?.children?.at(1));
      const { offset, length } = node;
      return { index, offset, length, value: valueOf(node), model: typeof model === "string" ? model : null };
    });
  }

  /** Range of a field's value, or of its name where the value is a list or an object; of what is around it where it is missing. */
  rangeOf(field: string): TextRange {
    let found = this.root;
    let shown: Node | undefined;
    for (const step of field.matchAll(STEP)) {
      const index = step.at(2);
      const next = index === undefined ? property(found, step.at(1) ?? step.at(3)) : itemAt(found, Number(index));
      if (next === undefined) break;
      const value = next.type === "property" ? next.children?.at(1) : next;
      shown = next.type === "property" && isCompound(value) ? next.children?.at(0) : value;
      if (shown === undefined) break;
      found = value;
    }
    if (shown === undefined) return START;
    return { offset: shown.offset, length: isCompound(shown) ? 1 : shown.length };
  }

  positionAt(offset: number): TextPosition {
    const before = this.text.slice(0, offset);
    const lineStart = before.lastIndexOf("\n") + 1;
    return { line: before.split("\n").length - 1, character: offset - lineStart };
  }
}

/**
 * The field of a recipe file that an error is about, as `RecipeText.rangeOf` takes it; empty where it is about the whole file.
 * @param index of the recipe whose run threw; null where the file itself was refused
 */
export function fieldOf({ code, place }: BitwrightError, index: number | null): string {
  const own = place.field?.match(/models(\[\d+\].*)?$/s)?.[0];
  if (own !== undefined || index === null) return own ?? "";
  const recipe = `models[${index}]`;
  if (code === "labels-invalid") return `${recipe}.calibration.labels`;
  if (code.startsWith("data-")) return `${recipe}.calibration.data`;
  if (code.startsWith("output-") || code === "disk-full") return `${recipe}.output.directory`;
  return `${recipe}.model`;
}

/** The last one of that name counts, as it does for JSON.parse. */
function property(node: Node | undefined, name: string | undefined): Node | undefined {
  if (node?.type !== "object") return undefined;
  return node.children?.findLast((child) => {
    const key: unknown = child.children?.at(0)?.value;
    return typeof key === "string" && (key === name || shownName(key) === name);
  });
}

function itemAt(node: Node | undefined, index: number): Node | undefined {
  return node?.type === "array" ? node.children?.at(index) : undefined;
}

function isCompound(node: Node | undefined): boolean {
  return node?.type === "object" || node?.type === "array";
}

function valueOf(node: Node | undefined): unknown {
  return node === undefined ? undefined : getNodeValue(node);
}
