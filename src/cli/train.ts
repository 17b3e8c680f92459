/** `bitwright train`: training with the quantizers in the loop. */
import { resolve } from "node:path";
import type { CalibrationSettings } from "../engine/data/settings";
import { checkedTrainingSettings, trainingSettings, TRAINED, type TrainingSettings } from "../engine/training/settings";
import type { TrainingEvent, TrainingLoss } from "../protocol/training";
import { BitwrightError } from "../protocol/errors";
import { trainOnFiles } from "../runtime/training";
import { readArguments, usage } from "./arguments";
import { shownPath } from "./format";
import { formatEvaluation, formatTraining } from "./format-training";
import { Interruption } from "./interruption";
import { givenRecipe, RECIPE_OPTIONS, type Values } from "./recipe-options";
import { terminalProgress } from "./progress";

const SETTINGS = Object.keys(trainingSettings.shape);

export const TRAIN_OPTIONS = {
  ...RECIPE_OPTIONS,
  ...Object.fromEntries(SETTINGS.map((field) => [optionName(field), { type: "string" } as const])),
  targets: { type: "string" },
  "validation-data": { type: "string" },
  "validation-labels": { type: "string" },
  "validation-targets": { type: "string" },
  checkpoint: { type: "string" },
  resume: { type: "boolean", default: false },
  out: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

export async function trainCommand(args: string[]): Promise<number> {
  const { values: given, positionals } = readArguments(args, TRAIN_OPTIONS, ["MODEL"]);
  const model = positionals[0];
  const values: Values = { ...given, ...schemeAndBits(given) };
  const directory = given.out;
  if (directory === undefined) throw usage("--out DIR is missing");
  if (given.resume && given.checkpoint === undefined) throw usage("--resume needs --checkpoint FILE");
  const { recipe, baseDirectory } = givenRecipe(model, { ...values, seed: undefined });
  const { calibration } = recipe;
  if (calibration?.data === undefined) throw usage("--data FILE is missing");
  const progress = terminalProgress();
  const interruption = new Interruption();
  const isQuiet = given.json;
  let loss: TrainingLoss = "cross-entropy";
  const show = async (event: TrainingEvent): Promise<void> => {
    interruption.follow(event);
    if (event.kind === "start") ({ loss } = event);
    if (event.kind === "step")
      await progress.report?.(`Epoch ${event.epoch}, loss ${event.loss.toFixed(4)}`, event.step / event.steps);
    if (event.kind !== "evaluation" || isQuiet) return;
    progress.done();
    process.stdout.write(formatEvaluation(event, loss));
  };
  const validation = given["validation-data"];
  refuseUnread(given);
  try {
    const result = await trainOnFiles(
      {
        modelPath: model,
        baseDirectory,
        recipe,
        settings: settingsOf(values),
        targets: pathOf(given.targets),
        validation:
          validation === undefined
            ? undefined
            : {
                data: calibrationOf(calibration, validation, given["validation-labels"]),
                targets: pathOf(given["validation-targets"]),
              },
        directory,
        checkpoint: pathOf(given.checkpoint),
        resume: given.resume,
      },
      { event: show, command: () => interruption.command() },
    );
    progress.done();
    const { report, notes, model: written, recipe: recipeFile } = result;
    const lines = isQuiet
      ? [JSON.stringify(report, null, 2)]
      : [formatTraining(report), ...notes, `Wrote ${shownPath(written)} and ${shownPath(recipeFile)}`];
    process.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  } catch (thrown) {
    throw interruption.explained(thrown, given.checkpoint !== undefined);
  } finally {
    interruption.end();
    progress.done();
  }
}

/** Samples of its own for validation take the place of a share of the others. */
function refuseUnread(given: Values): void {
  const find = (...options: string[]) => options.find((option) => given[option] !== undefined);
  if (given["validation-data"] === undefined) {
    const unread = find("validation-labels", "validation-targets");
    if (unread !== undefined) throw usage(`--${unread} needs --validation-data FILE`);
  } else if (find("validation-share") !== undefined) {
    throw usage("--validation-share is read without --validation-data alone");
  }
}

/** `--scheme ceil:4` is `--scheme ceil --bits 4`. */
function schemeAndBits({ scheme }: Values): Values {
  if (typeof scheme !== "string" || !scheme.includes(":")) return {};
  const [name, bits, ...rest] = scheme.split(":");
  if (rest.length > 0) throw usage(`--scheme takes scheme or scheme:bits, got "${scheme}"`);
  return { scheme: name, bits };
}

function settingsOf(values: Values): TrainingSettings {
  const fields = SETTINGS.flatMap((field): [string, unknown][] => {
    const text = values[optionName(field)];
    return typeof text === "string" ? [[field, parsed(field, text)]] : [];
  });
  try {
    return checkedTrainingSettings(Object.fromEntries(fields));
  } catch (error) {
    if (!(error instanceof BitwrightError)) throw error;
    throw usage(`--${optionName(error.place.field ?? "")}: ${error.problem}`);
  }
}

function parsed(field: string, text: string): unknown {
  if (field === "trained") return TRAINED.some((name) => name === text) ? text : text.split(",");
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** The validation samples are prepared as the training samples are, and all of them are taken. */
function calibrationOf(training: CalibrationSettings, data: string, labels: string | undefined): CalibrationSettings {
  const own = new Set(["labels", "samples"]);
  const preprocessing = Object.fromEntries(Object.entries(training).filter(([field]) => !own.has(field)));
  return { ...preprocessing, data: resolve(data), ...(labels === undefined ? {} : { labels: resolve(labels) }) };
}

function pathOf(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}

/** learningRate → learning-rate */
function optionName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
