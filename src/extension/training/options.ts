/** The settings of training that few change; their values come from the settings' schema. */
import * as vscode from "vscode";
import * as z from "zod";
import { TRAINED, trainingSettings } from "../../engine/training/settings";
import { askForValue, meaningOf } from "../quantize/more-options";
import { BACK, choose, type Choice, type Position } from "../quantize/steps";
import type { TrainingAnswers } from "./answers";

type Settings = TrainingAnswers["settings"];
type Field = Exclude<keyof typeof trainingSettings.shape, "epochs">;

const FIELDS: readonly Field[] = [
  "learningRate",
  "batch",
  "optimizer",
  "momentum",
  "schedule",
  "warmup",
  "weightDecay",
  "clipNorm",
  "loss",
  "trained",
  "batchNormalization",
  "scales",
  "weightSharing",
  "skewness",
  "kurtosis",
  "wantedKurtosis",
  "validationShare",
  "patience",
  "seed",
];

const DONE = Symbol("done");

/** Shows the options until the user is done with them; what is left as usual is left out. */
export async function askForOptions(
  title: string,
  sharesWeights: boolean,
  given: Settings,
  position: Position,
): Promise<Settings> {
  let chosen = given;
  for (;;) {
    const fields = FIELDS.filter((field) => isRead(field, chosen, sharesWeights));
    const choices: Choice<Field | typeof DONE>[] = [
      { label: vscode.l10n.t("Done"), iconPath: new vscode.ThemeIcon("check"), value: DONE },
      ...fields.map((field) => ({
        label: field,
        description: valueText(chosen[field] ?? usual(field)),
        detail: meaningOf(trainingSettings.shape[field]),
        value: field,
      })),
    ];
    const field = await choose({ title, placeholder: vscode.l10n.t("Options"), choices, position });
    if (field === undefined || field === BACK || field === DONE) return chosen;
    const now = chosen[field] ?? usual(field);
    const value = await askForValue(`${title}: ${field}`, schemaOf(field), now ?? "");
    if (value !== undefined) chosen = changed(chosen, field, value, sharesWeights);
  }
}

/** Options in few words; empty where all are as usual. */
export function optionsText(settings: Settings): string {
  return Object.entries(settings)
    .filter(([field]) => field !== "epochs")
    .map(([field, value]) => `${field} ${String(value)}`)
    .join(", ");
}

function valueText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : vscode.l10n.t("none");
}

/** What has no effect with the others is not offered. */
function isRead(field: Field, settings: Settings, sharesWeights: boolean): boolean {
  if (field === "momentum") return settings["optimizer"] === "sgd";
  if (field === "wantedKurtosis") return settings["kurtosis"] !== undefined;
  return field !== "weightSharing" || sharesWeights;
}

/** Layers by name are for recipes and the command line. */
function schemaOf(field: Field): z.ZodType {
  const schema = trainingSettings.shape[field];
  return field === "trained" ? z.enum(TRAINED).describe(schema.description ?? "") : schema;
}

/** Undefined where nothing is set. */
function usual(field: Field): unknown {
  return trainingSettings.shape[field].safeParse(undefined).data;
}

/** With one value changed, and without what has no effect any more. */
function changed(settings: Settings, field: Field, value: unknown, sharesWeights: boolean): Settings {
  const others = Object.entries(settings).filter(([known]) => known !== field);
  const all: Settings = Object.fromEntries(value === usual(field) ? others : [...others, [field, value]]);
  const unread = FIELDS.filter((known) => !isRead(known, all, sharesWeights));
  return Object.fromEntries(Object.entries(all).filter(([known]) => !unread.some((name) => name === known)));
}
