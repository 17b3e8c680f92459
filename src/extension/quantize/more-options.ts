/** The settings that few change: clipping, rounding, and what only the chosen scheme reads. Their values come from the recipe's schema. */
import * as vscode from "vscode";
import * as z from "zod";
import { SCHEME_OPTION_DEFAULTS, SCHEME_OPTION_FIELDS } from "../../engine/schemes/options";
import { ROUNDINGS, type Scheme } from "../../engine/schemes/scheme";
import { BACK, choose, type Choice, type Position, type Separator } from "./steps";

/** Fields of a recipe's `weights`. */
export type MoreOptions = Readonly<Record<string, unknown>>;

interface Option {
  readonly field: string;
  readonly usual: unknown;
  /** What it takes, in the words and limits of the recipe. */
  readonly schema: z.ZodType;
}

const DONE = Symbol("done");

/** Shows the options until the user is done with them; what is left as usual is left out. */
export async function askForMore(
  title: string,
  scheme: Scheme,
  given: MoreOptions,
  position: Position,
): Promise<MoreOptions> {
  let chosen = given;
  for (;;) {
    const options = optionsOf(scheme, chosen);
    const choices: (Choice<Option | typeof DONE> | Separator)[] = [
      { label: vscode.l10n.t("Done"), iconPath: new vscode.ThemeIcon("check"), value: DONE },
      { label: scheme.id, kind: vscode.QuickPickItemKind.Separator },
      ...options.map((option) => ({
        label: option.field,
        description: String(chosen[option.field] ?? option.usual),
        detail: option.schema.description ?? "",
        value: option,
      })),
    ];
    const option = await choose({ title, placeholder: vscode.l10n.t("Options of the scheme"), choices, position });
    if (option === undefined || option === BACK || option === DONE) return chosen;
    const value = await askForValue(`${title}: ${option.field}`, option, chosen[option.field] ?? option.usual);
    if (value !== undefined) chosen = changed(chosen, option, value);
  }
}

/** Options in few words; empty where all are as usual. */
export function optionsText(options: MoreOptions): string {
  return Object.entries(options)
    .map(([field, value]) => `${field} ${String(value)}`)
    .join(", ");
}

function optionsOf(scheme: Scheme, chosen: MoreOptions): Option[] {
  const clip = z.enum(scheme.clips).describe(vscode.l10n.t("What sets the range of a group"));
  const rounding = z.enum(ROUNDINGS).describe(vscode.l10n.t("half-even is what ONNX QuantizeLinear does"));
  const fields = [...(chosen["clip"] === "percentile" ? ["percentile" as const] : []), ...scheme.options];
  return [
    ...(scheme.clips.length > 1 ? [{ field: "clip", usual: scheme.clips[0], schema: clip }] : []),
    ...(scheme.rounds ? [{ field: "rounding", usual: ROUNDINGS[0], schema: rounding }] : []),
    ...[...new Set(fields)].map((field) => ({
      field,
      usual: SCHEME_OPTION_DEFAULTS[field],
      schema: SCHEME_OPTION_FIELDS[field],
    })),
  ];
}

function changed(options: MoreOptions, { field, usual }: Option, value: unknown): MoreOptions {
  const others = Object.entries(options).filter(([known]) => known !== field);
  return Object.fromEntries(value === usual ? others : [...others, [field, value]]);
}

/** Undefined where the user left it as it is. */
async function askForValue(title: string, { schema }: Option, now: unknown): Promise<unknown> {
  const { enum: values, type } = z.toJSONSchema(schema, { io: "input" });
  const known: readonly unknown[] | undefined = values ?? (type === "boolean" ? [false, true] : undefined);
  if (known === undefined) return askForNumber(title, schema, now);
  const items = known.map((value) => ({
    label: String(value),
    description: value === now ? vscode.l10n.t("applies now") : "",
    value,
  }));
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: schema.description ?? "" });
  return picked?.value;
}

async function askForNumber(title: string, schema: z.ZodType, now: unknown): Promise<unknown> {
  const text = await vscode.window.showInputBox({
    title,
    prompt: schema.description ?? "",
    value: String(now),
    validateInput: (input) => schema.safeParse(numberOf(input)).error?.issues[0].message ?? null,
  });
  return text === undefined ? undefined : numberOf(text);
}

function numberOf(text: string): number {
  return text.trim() === "" ? NaN : Number(text);
}
