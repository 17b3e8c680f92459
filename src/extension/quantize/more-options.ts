/**
 * The settings that few change: clipping, rounding, what only the chosen scheme reads, and equalization. Their values come from
 * the recipe's schema.
 */
import * as vscode from "vscode";
import * as z from "zod";
import { recipeSchema, TRANSFORM_FIELDS } from "../../engine/recipe";
import { SCHEME_OPTION_DEFAULTS, SCHEME_OPTION_FIELDS } from "../../engine/schemes/options";
import { ROUNDINGS, type Scheme } from "../../engine/schemes/scheme";
import { DEFAULT_EQUALIZATION } from "../../engine/transforms/equalization";
import { BACK, choose, type Choice, type Position, type Separator } from "./steps";

/** Fields of a recipe, as far as they are not as usual. */
type Fields = Readonly<Record<string, unknown>>;

export interface MoreOptions {
  /** Of its `weights`. */
  readonly weights: Fields;
  /** Of the recipe itself: `TRANSFORM_FIELDS`. */
  readonly transforms: Fields;
}

interface Option {
  /** Where the field stands. */
  readonly of: keyof MoreOptions;
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
    const choices: (Choice<Option | typeof DONE> | Separator)[] = [
      { label: vscode.l10n.t("Done"), iconPath: new vscode.ThemeIcon("check"), value: DONE },
      separator(scheme.id),
      ...choicesOf(weightOptions(scheme, chosen.weights), chosen),
      separator(vscode.l10n.t("equalization and biases")),
      ...choicesOf(transformOptions(chosen.transforms), chosen),
    ];
    const option = await choose({ title, placeholder: vscode.l10n.t("Options"), choices, position });
    if (option === undefined || option === BACK || option === DONE) return chosen;
    const value = await askForValue(`${title}: ${option.field}`, option.schema, valueOf(option, chosen));
    if (value !== undefined) chosen = { ...chosen, [option.of]: changed(chosen[option.of], option, value) };
  }
}

/** Options in few words; empty where all are as usual. */
export function optionsText({ weights, transforms }: MoreOptions): string {
  return Object.entries({ ...weights, ...transforms })
    .map(([field, value]) => `${field} ${String(value)}`)
    .join(", ");
}

function choicesOf(options: readonly Option[], chosen: MoreOptions): Choice<Option>[] {
  return options.map((option) => ({
    label: option.field,
    description: String(valueOf(option, chosen)),
    detail: meaningOf(option.schema),
    value: option,
  }));
}

function separator(label: string): Separator {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

function valueOf({ of, field, usual }: Option, chosen: MoreOptions): unknown {
  return chosen[of][field] ?? usual;
}

function weightOptions(scheme: Scheme, chosen: Fields): Option[] {
  const clip = z.enum(scheme.clips).describe(vscode.l10n.t("What sets the range of a group"));
  const rounding = z.enum(ROUNDINGS).describe(vscode.l10n.t("half-even is what ONNX QuantizeLinear does"));
  const fields = [...(chosen["clip"] === "percentile" ? ["percentile" as const] : []), ...scheme.options];
  const of = "weights";
  return [
    ...(scheme.clips.length > 1 ? [{ of, field: "clip", usual: scheme.clips[0], schema: clip } as const] : []),
    ...(scheme.rounds ? [{ of, field: "rounding", usual: ROUNDINGS[0], schema: rounding } as const] : []),
    ...[...new Set(fields)].map(
      (field) => ({ of, field, usual: SCHEME_OPTION_DEFAULTS[field], schema: SCHEME_OPTION_FIELDS[field] }) as const,
    ),
  ];
}

/** What has an effect only together with equalization is offered with it. */
function transformOptions(chosen: Fields): Option[] {
  const equalizes = isGiven(chosen["equalize"]);
  const fields = TRANSFORM_FIELDS.filter((field) => equalizes || !["equalizeMax", "relu6"].includes(field));
  return fields.map((field) => ({
    of: "transforms",
    field,
    usual: usualTransform(field, equalizes),
    schema: recipeSchema.shape[field],
  }));
}

function usualTransform(field: (typeof TRANSFORM_FIELDS)[number], equalizes: boolean): unknown {
  switch (field) {
    case "equalize":
    case "biasCorrection":
      return "none";
    case "equalizeMax":
      return DEFAULT_EQUALIZATION.maxScale;
    case "relu6":
      return DEFAULT_EQUALIZATION.clip;
    case "deadChannels":
      return equalizes ? "fold" : "keep";
    case "biasBits":
      return 32;
  }
}

/** Whether any of these fields of a recipe is carried out on calibration data. */
export function transformsNeedData({ equalize, deadChannels, biasCorrection }: Fields): boolean {
  return isGiven(equalize) || isGiven(biasCorrection) || deadChannels === "fold";
}

function isGiven(method: unknown): boolean {
  return method !== undefined && method !== "none";
}

function changed(options: Fields, { field, usual }: Option, value: unknown): Fields {
  const others = Object.entries(options).filter(([known]) => known !== field);
  return Object.fromEntries(value === usual ? others : [...others, [field, value]]);
}

/** What a field is for, in the person's language; a text that is in it already stays. */
export function meaningOf({ description }: z.ZodType): string {
  return description === undefined ? "" : vscode.l10n.t(description);
}

/**
 * Asks for a value of a field by what its schema takes: one of a few, or a number.
 * @returns undefined where the user left it as it is
 */
export async function askForValue(title: string, schema: z.ZodType, now: unknown): Promise<unknown> {
  const { enum: values, type } = z.toJSONSchema(schema, { io: "input" });
  const known: readonly unknown[] | undefined = values ?? (type === "boolean" ? [false, true] : undefined);
  if (known === undefined) return askForNumber(title, schema, now);
  const items = known.map((value) => ({
    label: String(value),
    description: value === now ? vscode.l10n.t("applies now") : "",
    value,
  }));
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: meaningOf(schema) });
  return picked?.value;
}

async function askForNumber(title: string, schema: z.ZodType, now: unknown): Promise<unknown> {
  const text = await vscode.window.showInputBox({
    title,
    prompt: meaningOf(schema),
    value: String(now),
    validateInput: (input) => schema.safeParse(numberOf(input)).error?.issues[0].message ?? null,
  });
  return text === undefined ? undefined : numberOf(text);
}

function numberOf(text: string): number {
  return text.trim() === "" ? NaN : Number(text);
}
