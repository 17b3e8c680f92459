/** The questions before training: data, labels, preprocessing, weights, activations, epochs, output folder, on request the rest. */
import * as vscode from "vscode";
import { findScheme, SCHEMES } from "../../engine/schemes/registry";
import type { DatasetCandidate } from "../../protocol/dataset-candidate";
import { dataStep, labelsStep, preprocessingStep } from "../analyze/questions";
import { chooseDirectory } from "../quantize/output-directory";
import { askInSteps, BACK, choose, type Choice, type Separator, type Step } from "../quantize/steps";
import { aboutAnswers, QUANTIZATION_FIELDS, trainingAnswersOf, type TrainingAnswers } from "./answers";
import { askForOptions, optionsText } from "./options";

/** Where a trained model goes, until its user says otherwise. */
const USUAL_DIRECTORY = "trained";

/** As training takes where nothing is said. */
const USUAL_EPOCHS = 10;
const EPOCHS = [USUAL_EPOCHS, 3, 30, 100];

/** Widths below 8 bits are what training is for. */
const USUAL_BITS = [4, 2, 8];

/** Weight of the penalty that draws weights to the means of a mixture: a scheme that is found by training. */
const USUAL_SHARING = 1e-4;

const AS_LAST_TIME = Symbol("as last time");
const OTHERWISE = Symbol("otherwise");
const AS_QUANTIZED = Symbol("as quantized");
const OTHER_NUMBER = Symbol("other number");
const MORE = Symbol("more");

export interface TrainingQuestion {
  readonly title: string;
  readonly folder: vscode.WorkspaceFolder | undefined;
  /** Absolute; paths of data are relative to it. */
  readonly dataFolder: string;
  readonly candidates: readonly DatasetCandidate[];
  /** The recipe of the model's last quantization. */
  readonly quantized: Readonly<Record<string, unknown>> | null;
  readonly last: TrainingAnswers | undefined;
}

/** As the questions go: weights are asked for in two steps. */
interface Known extends Omit<TrainingAnswers, "data" | "activations"> {
  readonly data: string | null;
  /** How values between layers become codes. */
  readonly values: TrainingAnswers["activations"];
  readonly scheme: string | typeof AS_QUANTIZED;
  readonly isRepeated: boolean;
}

/** Undefined where the user left. */
export async function askForTraining(question: TrainingQuestion): Promise<TrainingAnswers | undefined> {
  const { title, dataFolder, candidates } = question;
  const noLabels = vscode.l10n.t("The quantized network learns to answer as the float model does: distillation");
  const steps: Step<Known>[] = [
    ...(question.last === undefined ? [] : [repeatStep(title, question.last)]),
    ...[
      dataStep(title, dataFolder, {
        candidates,
        placeholder: vscode.l10n.t("Samples to train on"),
        offersRandom: false,
      }),
      labelsStep(title, dataFolder, vscode.l10n.t("Class of every sample, which is what is learned"), noLabels),
      preprocessingStep(title),
    ],
    schemeStep(question),
    bitsStep(title),
    activationsStep(title),
    epochsStep(title),
    directoryStep(question),
  ];
  const known = await askInSteps(steps.map(withoutRepetition));
  if (known === undefined) return undefined;
  const { data, labels, preprocessing, quantization, values, settings, directory } = known;
  return trainingAnswersOf({ data, labels, preprocessing, quantization, activations: values, settings, directory });
}

/** Whoever takes all answers of the last time is asked nothing more. */
function withoutRepetition(step: Step<Known>): Step<Known> {
  return {
    ask: (known, position) => step.ask(known, position),
    onlyAnswer: (known) => (known.isRepeated === true ? {} : step.onlyAnswer?.(known)),
  };
}

function repeatStep(title: string, last: TrainingAnswers): Step<Known> {
  return {
    ask: async (_known, position) => {
      const choices: Choice<symbol>[] = [
        {
          label: vscode.l10n.t("As last time"),
          description: aboutAnswers(last).join(" · "),
          iconPath: new vscode.ThemeIcon("history"),
          value: AS_LAST_TIME,
        },
        { label: vscode.l10n.t("Otherwise…"), iconPath: new vscode.ThemeIcon("settings"), value: OTHERWISE },
      ];
      const chosen = await choose({ title, placeholder: vscode.l10n.t("How to train"), choices, position });
      if (chosen === AS_LAST_TIME) return { ...last, values: last.activations, isRepeated: true };
      return chosen === OTHERWISE ? { isRepeated: false } : leftOr(chosen);
    },
  };
}

function schemeStep({ title, quantized }: TrainingQuestion): Step<Known> {
  return {
    ask: async (_known, position) => {
      const kept = quantized === null ? undefined : fieldsOf(quantized);
      const choices: (Choice<string | typeof AS_QUANTIZED> | Separator)[] = [
        ...(kept === undefined
          ? []
          : [
              {
                label: vscode.l10n.t("As last quantized"),
                description: weightsText(kept["weights"]),
                iconPath: new vscode.ThemeIcon("history"),
                value: AS_QUANTIZED,
              } as const,
            ]),
        ...SCHEMES.map((scheme) => ({ label: scheme.id, detail: vscode.l10n.t(scheme.description), value: scheme.id })),
      ];
      const placeholder = vscode.l10n.t("How weights become integers, during training as after it");
      const scheme = await choose({ title, placeholder, choices, position });
      if (scheme === AS_QUANTIZED) return { scheme, quantization: kept ?? {}, settings: {} };
      return typeof scheme === "string" ? { scheme, settings: usualSettings(scheme) } : leftOr(scheme);
    },
  };
}

function bitsStep(title: string): Step<Known> {
  return {
    onlyAnswer: ({ scheme }) => (scheme === AS_QUANTIZED ? {} : undefined),
    ask: async ({ scheme }, position) => {
      const id = typeof scheme === "string" ? scheme : SCHEMES[0].id;
      const { minBits, maxBits } = findScheme(id) ?? SCHEMES[0];
      const widths = Array.from({ length: maxBits - minBits + 1 }, (_, index) => minBits + index);
      const choice = (bits: number): Choice<number> => ({
        label: bits === 1 ? vscode.l10n.t("1 bit") : vscode.l10n.t("{0} bits", bits),
        value: bits,
      });
      const usual = USUAL_BITS.filter((bits) => widths.includes(bits));
      const separator: Separator = { label: vscode.l10n.t("other widths"), kind: vscode.QuickPickItemKind.Separator };
      const others = widths.filter((bits) => !usual.includes(bits));
      const choices = [...usual.map(choice), ...(others.length === 0 ? [] : [separator]), ...others.map(choice)];
      const bits = await choose({ title, placeholder: vscode.l10n.t("Bits per weight"), choices, position });
      return typeof bits === "number" ? { quantization: { weights: { scheme: id, bits } } } : leftOr(bits);
    },
  };
}

function activationsStep(title: string): Step<Known> {
  return {
    ask: async (_known, position) => {
      const choice = (scheme: "affine" | "symmetric" | "pow2" | "ceil", bits: number, detail: string) => ({
        label: `${scheme}:${bits}`,
        detail,
        value: { scheme, bits },
      });
      const ceil = vscode.l10n.t("Values rounded up to a multiple of a power of two; few bits need training");
      const choices: Choice<TrainingAnswers["activations"]>[] = [
        choice("affine", 8, vscode.l10n.t("A scale and a zero point: the whole range is used")),
        choice("symmetric", 8, vscode.l10n.t("A scale, zero in the middle")),
        choice("pow2", 8, vscode.l10n.t("A power of two as scale: integers are requantized by shifts")),
        choice("ceil", 8, ceil),
        choice("ceil", 4, ceil),
        choice("ceil", 2, ceil),
        {
          label: vscode.l10n.t("Float"),
          detail: vscode.l10n.t("Weights alone are quantized"),
          value: null,
        },
      ];
      const placeholder = vscode.l10n.t("How values between layers become codes");
      const values = await choose({ title, placeholder, choices, position });
      return values === undefined || values === BACK ? values : { values };
    },
  };
}

function epochsStep(title: string): Step<Known> {
  return {
    ask: async (known, position) => {
      let settings: TrainingAnswers["settings"] = known.settings ?? {};
      for (;;) {
        const choices: Choice<number | symbol>[] = [
          ...EPOCHS.map((epochs) => ({
            label: vscode.l10n.t("{0} epochs", epochs),
            description: epochs === USUAL_EPOCHS ? vscode.l10n.t("usual") : "",
            value: epochs,
          })),
          { label: vscode.l10n.t("Another number…"), alwaysShow: true, value: OTHER_NUMBER },
          {
            label: vscode.l10n.t("More options…"),
            description: optionsText(settings),
            detail: vscode.l10n.t("Learning rate, batch, optimizer, penalties, early stop, what is trained"),
            iconPath: new vscode.ThemeIcon("settings"),
            alwaysShow: true,
            value: MORE,
          },
        ];
        const placeholder = vscode.l10n.t("Times that all samples are seen");
        const chosen = await choose({ title, placeholder, choices, position });
        if (chosen === undefined || chosen === BACK) return leftOr(chosen);
        const epochs = chosen === OTHER_NUMBER ? await askForEpochs(title) : chosen;
        if (typeof epochs === "number") return { settings: { ...settings, epochs } };
        if (chosen === MORE)
          settings = await askForOptions(title, known.scheme === "codebook-mixture", settings, position);
      }
    },
  };
}

function directoryStep({ title, folder, last }: TrainingQuestion): Step<Known> {
  return {
    ask: async (_known, position) => {
      if (folder === undefined) return { directory: USUAL_DIRECTORY };
      const remembered = last?.directory ?? USUAL_DIRECTORY;
      const directory = await chooseDirectory(title, folder, remembered, position);
      return typeof directory === "string" ? { directory } : leftOr(directory);
    },
  };
}

async function askForEpochs(title: string): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t("Epochs"),
    value: String(USUAL_EPOCHS),
    validateInput: (input) => (/^[1-9]\d{0,4}$/.test(input.trim()) ? null : vscode.l10n.t("A whole number from 1 on")),
  });
  return text === undefined ? undefined : Number(text);
}

/** What leads out of a question. */
function leftOr(answer: unknown): typeof BACK | undefined {
  return answer === BACK ? BACK : undefined;
}

function usualSettings(scheme: string): TrainingAnswers["settings"] {
  return scheme === "codebook-mixture" ? { weightSharing: USUAL_SHARING } : {};
}

function fieldsOf(recipe: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    QUANTIZATION_FIELDS.filter((field) => field in recipe).map((field) => [field, recipe[field]]),
  );
}

function weightsText(weights: unknown): string {
  if (typeof weights !== "object" || weights === null) return "";
  const { scheme, bits, granularity }: { scheme?: unknown; bits?: unknown; granularity?: unknown } = weights;
  return [scheme, bits, granularity].map(String).join(" ");
}
