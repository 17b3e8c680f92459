/** The questions before an analysis of noise: data, labels, samples, preprocessing, activations. */
import { basename } from "node:path";
import * as vscode from "vscode";
import { ACTIVATION_SCHEMES, type ActivationScheme } from "../../engine/activations/parameters";
import type { DatasetCandidate } from "../../protocol/dataset-candidate";
import { askInSteps, BACK, choose, type Choice, type Position, type Separator, type Step } from "../quantize/steps";
import { analysisAnswersOf, dataAnswersOf, type AnalysisAnswers, type DataAnswers } from "./answers";
import { labelCandidates, pickData, shownPath } from "./data-files";
import { askForPreprocessing, preprocessingText } from "./preprocessing";

const SAMPLES = [64, 256, 1024];

/** Stand for asking with the system's dialog, and for taking all answers as they were. */
const FILE = Symbol("file");
const FOLDER = Symbol("folder");
const AS_LAST_TIME = Symbol("as last time");

type DataChoice = string | null | typeof FILE | typeof FOLDER | typeof AS_LAST_TIME;

/**
 * @param folder absolute; paths of data are relative to it
 * @param remembered what was kept after the last analysis of the model
 * @returns undefined where the user left
 */
export async function askForAnalysis(
  title: string,
  folder: string,
  candidates: readonly DatasetCandidate[],
  remembered: unknown,
): Promise<AnalysisAnswers | undefined> {
  const last = analysisAnswersOf(remembered);
  const steps = [...dataSteps(title, folder, candidates, last), activationsStep(title)];
  return analysisAnswersOf(await askInSteps(steps));
}

/** The same without the question about activations. */
export async function askForData(
  title: string,
  folder: string,
  candidates: readonly DatasetCandidate[],
  remembered: unknown,
): Promise<DataAnswers | undefined> {
  return dataAnswersOf(await askInSteps(dataSteps(title, folder, candidates, analysisAnswersOf(remembered))));
}

function dataSteps(
  title: string,
  folder: string,
  candidates: readonly DatasetCandidate[],
  last: AnalysisAnswers | undefined,
): Step<AnalysisAnswers>[] {
  return [
    dataStep(title, folder, {
      candidates,
      placeholder: vscode.l10n.t("Calibration data, as the model meets them in use"),
      offersRandom: true,
      last,
    }),
    labelsStep(
      title,
      folder,
      vscode.l10n.t("Class of every sample, for the accuracy before and after"),
      vscode.l10n.t("Without them there is no accuracy; noise and agreement are measured all the same"),
    ),
    samplesStep(title),
    preprocessingStep(title),
  ];
}

export interface DataQuestion {
  readonly candidates: readonly DatasetCandidate[];
  readonly placeholder: string;
  /** Random numbers are a choice, too. */
  readonly offersRandom: boolean;
  readonly last?: AnalysisAnswers | undefined;
}

/** @param folder absolute; paths of data are relative to it */
export function dataStep(title: string, folder: string, question: DataQuestion): Step<AnalysisAnswers> {
  const { last, placeholder } = question;
  const choices = dataChoices(question);
  return {
    ask: async (_known, position) => {
      for (;;) {
        const data = await choose<DataChoice>({ title, placeholder, choices, position });
        if (data === AS_LAST_TIME) return last;
        if (data === undefined || data === BACK) return data;
        if (data === null) return { data, labels: null, preprocessing: {} };
        if (typeof data === "string") return { data };
        const picked = await pickData(title, folder, data === FOLDER);
        if (picked !== undefined) return { data: picked };
      }
    },
  };
}

function dataChoices({ candidates, offersRandom, last }: DataQuestion): (Choice<DataChoice> | Separator)[] {
  const found = candidates.map(({ path, kind }) => ({
    label: shownPath(path),
    description: kindText(kind),
    iconPath: new vscode.ThemeIcon(kind === "images" || kind === "arrays" ? "folder" : "file-binary"),
    value: path,
  }));
  const separator: Separator = { label: "", kind: vscode.QuickPickItemKind.Separator };
  return [
    ...(last === undefined ? [] : [lastChoice(last)]),
    ...found,
    ...(found.length + (last === undefined ? 0 : 1) > 0 ? [separator] : []),
    {
      label: vscode.l10n.t("Choose a file…"),
      detail: ".npy, .npz, IDX, CSV, .gz",
      iconPath: new vscode.ThemeIcon("folder-opened"),
      alwaysShow: true,
      value: FILE,
    },
    {
      label: vscode.l10n.t("Choose a folder…"),
      detail: vscode.l10n.t("Images (PNG, JPEG, BMP) or .npy files, one a sample"),
      iconPath: new vscode.ThemeIcon("folder-opened"),
      alwaysShow: true,
      value: FOLDER,
    },
    ...(offersRandom ? [randomChoice()] : []),
  ];
}

function randomChoice(): Choice<DataChoice> {
  return {
    label: vscode.l10n.t("Random numbers"),
    description: vscode.l10n.t("to try things out"),
    detail: vscode.l10n.t("Figures made with them say nothing of the model in use"),
    iconPath: new vscode.ThemeIcon("symbol-numeric"),
    alwaysShow: true,
    value: null,
  };
}

function lastChoice({ data, samples, preprocessing, activations }: AnalysisAnswers): Choice<DataChoice> {
  const parts = [
    data === null ? vscode.l10n.t("Random numbers") : shownPath(basename(data)),
    samplesText(samples),
    preprocessingText(preprocessing),
    `${activations.scheme}:${activations.bits}`,
  ];
  return {
    label: vscode.l10n.t("As last time"),
    description: parts.join(" · "),
    iconPath: new vscode.ThemeIcon("history"),
    value: AS_LAST_TIME,
  };
}

/** @param noLabels what is done without them */
export function labelsStep(
  title: string,
  folder: string,
  placeholder: string,
  noLabels: string,
): Step<AnalysisAnswers> {
  return {
    onlyAnswer: ({ labels }) => (labels === undefined ? undefined : {}),
    ask: async (known, position) => {
      const files = await labelCandidates(folder, known.data ?? "");
      const choices: Choice<string | null | typeof FILE>[] = [
        ...files.map((path) => ({ label: shownPath(path), iconPath: new vscode.ThemeIcon("tag"), value: path })),
        {
          label: vscode.l10n.t("No labels"),
          detail: noLabels,
          alwaysShow: true,
          value: null,
        },
        {
          label: vscode.l10n.t("Choose a file…"),
          iconPath: new vscode.ThemeIcon("folder-opened"),
          alwaysShow: true,
          value: FILE,
        },
      ];
      for (;;) {
        const labels = await choose({ title, placeholder, choices, position });
        if (labels === undefined || labels === BACK) return labels;
        if (labels !== FILE) return { labels };
        const picked = await pickData(title, folder, false);
        if (picked !== undefined) return { labels: picked };
      }
    },
  };
}

function samplesStep(title: string): Step<AnalysisAnswers> {
  return {
    onlyAnswer: ({ samples }) => (samples === undefined ? undefined : {}),
    ask: async (_known, position) => {
      const choices = SAMPLES.map((samples) => ({ label: samplesText(samples), value: samples }));
      const placeholder = vscode.l10n.t("How many, from the first on; fewer where the data end before");
      const samples = await choose({ title, placeholder, choices, position });
      return typeof samples === "number" ? { samples } : samples;
    },
  };
}

export function preprocessingStep(title: string): Step<AnalysisAnswers> {
  return {
    onlyAnswer: ({ preprocessing }) => (preprocessing === undefined ? undefined : {}),
    ask: async (_known: Partial<AnalysisAnswers>, position: Position) => {
      const preprocessing = await askForPreprocessing(title, position);
      return preprocessing === undefined || preprocessing === BACK ? preprocessing : { preprocessing };
    },
  };
}

const SCHEME_DETAILS: Record<ActivationScheme, () => string> = {
  affine: () => vscode.l10n.t("A scale and a zero point: the whole range is used"),
  symmetric: () => vscode.l10n.t("A scale, zero in the middle"),
  pow2: () => vscode.l10n.t("A power of two as scale: integers are requantized by shifts"),
  ceil: () => vscode.l10n.t("Values rounded up to a multiple of a power of two"),
};

function activationsStep(title: string): Step<AnalysisAnswers> {
  return {
    onlyAnswer: ({ activations }) => (activations === undefined ? undefined : {}),
    ask: async (_known, position) => {
      const choices = [8, 16].flatMap((bits) =>
        ACTIVATION_SCHEMES.map((scheme) => ({
          label: `${scheme}:${bits}`,
          detail: SCHEME_DETAILS[scheme](),
          value: { scheme, bits },
        })),
      );
      const placeholder = vscode.l10n.t("How values between layers become codes");
      const activations = await choose<AnalysisAnswers["activations"]>({ title, placeholder, choices, position });
      return activations === undefined || activations === BACK ? activations : { activations };
    },
  };
}

function samplesText(samples: number): string {
  return vscode.l10n.t("{0} samples", samples);
}

function kindText(kind: DatasetCandidate["kind"]): string {
  switch (kind) {
    case "array":
      return vscode.l10n.t("array");
    case "archive":
      return vscode.l10n.t("archive of arrays");
    case "table":
      return vscode.l10n.t("table");
    case "images":
      return vscode.l10n.t("folder of images");
    case "arrays":
      return vscode.l10n.t("folder of arrays");
  }
}
