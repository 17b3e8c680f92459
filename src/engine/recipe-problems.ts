/** What is wrong with a recipe, in Bitwright's own words: the first issue that zod found, with its field and what stood there. */
import type * as z from "zod";
import { BitwrightError, shownName, type ErrorCode } from "../protocol/errors";

type Issue = z.core.$ZodIssue;

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "an object",
  record: "an object",
};

/** The own name that assignment takes for an object's prototype; records would lose it without a word. */
const PROTOTYPE = "__proto__";

/**
 * Checks data against a schema.
 * @param path where the data stand, for messages; may be empty
 * @param later fields and values that are to come, as they stand in a message: `equalize`, `emit = "inference"`
 * @throws BitwrightError recipe-invalid naming the field, not-available for what is to come, layer-unknown for a rule that
 *   can match none
 */
export function checked<T>(schema: z.ZodType<T>, value: unknown, path: string, later: ReadonlySet<string>): T {
  refusePrototypeNames(value, path);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = decisive(parsed.error.issues[0]);
  const field = join(path, fieldPath(issue.path));
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "";
    const full = join(field, shownName(key));
    if (later.has([...issue.path, key].join("."))) throw notAvailable(full);
    throw recipeError("recipe-invalid", "this field is unknown", "Remove it or correct its spelling", full);
  }
  const got = valueAt(value, issue.path);
  const choice = typeof got === "string" ? ` = ${JSON.stringify(got)}` : "";
  if (later.has(String(issue.path.findLast((key) => typeof key === "string")) + choice))
    throw notAvailable(field + choice);
  const problem = got === undefined ? "it is missing" : `it must ${requirement(issue)}${gotText(issue, got)}`;
  throw recipeError("recipe-invalid", problem, got === undefined ? "Add it" : "Correct it", field);
}

/** An error about a recipe; the field is left out where the whole is meant. */
function recipeError(code: ErrorCode, problem: string, remedy: string, field: string): BitwrightError {
  return new BitwrightError(code, problem, remedy, field === "" ? {} : { field });
}

function notAvailable(field: string): BitwrightError {
  const problem = "this version of Bitwright does not carry it out yet";
  return recipeError("not-available", problem, "Remove it, or use a later version", field);
}

/** Of an alternative, the issue of the branch that was meant: the one that fits further in. */
function decisive(issue: Issue): Issue {
  if (issue.code !== "invalid_union") return issue;
  const branches = issue.errors.flatMap((issues) => issues.slice(0, 1)).map(decisive);
  const meant = branches.find(({ path }) => path.length > 0) ?? branches.find(({ code }) => code !== "invalid_type");
  return meant === undefined ? issue : { ...meant, path: [...issue.path, ...meant.path] };
}

/** Continues "it must". */
function requirement(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return `be ${TYPE_NAMES[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `be ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
    case "too_small":
      return size(issue.origin, issue.inclusive === false ? "more than" : "at least", Number(issue.minimum));
    case "too_big":
      return size(issue.origin, issue.inclusive === false ? "less than" : "at most", Number(issue.maximum));
    case "invalid_key":
      return `${issue.issues.map(requirement).join(" and ")} in its name`;
    case "invalid_union":
      return issue.errors.flatMap((issues) => issues.slice(0, 1).map(requirement)).join(" or ");
    case "invalid_element":
    case "invalid_format":
    case "not_multiple_of":
    case "unrecognized_keys":
    case "custom":
      return "have another form";
  }
}

function size(origin: string, bound: string, limit: number): string {
  if (origin === "string") return `have ${bound} ${limit} ${limit === 1 ? "character" : "characters"}`;
  if (origin === "array" || origin === "tuple") return `have ${bound} ${limit} ${limit === 1 ? "entry" : "entries"}`;
  return `be ${bound} ${limit}`;
}

function refusePrototypeNames(value: unknown, path: string): void {
  const open = [{ value, path }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (typeof at.value !== "object" || at.value === null) continue;
    const isList = Array.isArray(at.value);
    for (const [name, inner] of Object.entries(at.value)) {
      const field = isList ? `${at.path}[${name}]` : join(at.path, name);
      if (name !== PROTOTYPE) open.push({ value: inner, path: field });
      else if (/(^|\.)layers$/.test(at.path)) {
        throw recipeError(
          "layer-unknown",
          `no rule can have the name "${name}"`,
          "Match the layer with * or ?",
          at.path,
        );
      } else {
        throw recipeError("recipe-invalid", "this field is unknown", "Remove it", field);
      }
    }
  }
}

function join(path: string, field: string): string {
  if (path === "" || field === "") return path + field;
  return field.startsWith("[") ? path + field : `${path}.${field}`;
}

function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (field, key) => (typeof key === "number" ? `${field}[${key}]` : join(field, shownName(String(key)))),
    "",
  );
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at: unknown = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = Object.entries(at).find(([name]) => name === String(key))?.[1];
  }
  return at;
}

function gotText(issue: Issue, got: unknown): string {
  if (issue.code === "invalid_key") return "";
  if (typeof got === "object" && got !== null) return Array.isArray(got) ? ", got a list" : ", got an object";
  return `, got ${shownName(JSON.stringify(got))}`;
}
