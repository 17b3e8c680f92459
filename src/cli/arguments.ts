/** Command-line arguments, checked; every mistake is a `usage` error. */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { BitwrightError } from "../protocol/errors";

type Options = NonNullable<ParseArgsConfig["options"]>;

/**
 * Splits arguments into options and positionals.
 * @param positionals names of the positionals, for messages; a name in brackets may be left out
 * @throws BitwrightError usage
 */
export function readArguments<T extends Options>(args: string[], options: T, positionals: readonly string[]) {
  const parsed = parse(args, options);
  const required = positionals.filter((name) => !name.startsWith("["));
  if (parsed.positionals.length < required.length) {
    throw usage(`${required[parsed.positionals.length] ?? "an argument"} is missing`);
  }
  if (parsed.positionals.length > positionals.length) {
    throw usage(`"${parsed.positionals[positionals.length] ?? ""}" is one argument too many`);
  }
  refuseEmpty(parsed.values, parsed.positionals, positionals);
  return parsed;
}

/** An empty path would be the working directory, and an empty name none: both come from unset variables of scripts. */
function refuseEmpty(values: object, given: readonly string[], names: readonly string[]): void {
  for (const [option, value] of Object.entries(values)) if (value === "") throw usage(`--${option} is empty`);
  const empty = given.indexOf("");
  if (empty >= 0) throw usage(`${names[empty]} is empty`);
}

function parse<T extends Options>(args: string[], options: T) {
  try {
    return parseArgs({ args: withNegativeNumbers(args), options, allowPositionals: true, strict: true });
  } catch (error) {
    throw usage(error instanceof Error ? error.message.replace(/\.$/, "").split(". ")[0] : String(error));
  }
}

/** `--option -1` as `--option=-1`: no option begins with a digit. */
function withNegativeNumbers(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const argument of args) {
    const before = joined.at(-1);
    const isValue = /^-[\d.]/.test(argument) && before !== undefined && /^--[^=]+$/.test(before);
    if (isValue) joined[joined.length - 1] = `${before}=${argument}`;
    else joined.push(argument);
  }
  return joined;
}

/** @throws BitwrightError usage, where the text is not a whole number */
export function wholeNumber(text: string, option: string): number {
  if (!/^-?\d{1,9}$/.test(text)) throw usage(`${option} takes a whole number, got "${text}"`);
  return Number(text);
}

export function usage(problem: string): BitwrightError {
  return new BitwrightError("usage", problem, "See bitwright --help");
}
