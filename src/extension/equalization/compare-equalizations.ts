/** Asks which data to compare equalizations on, and compares them in the worker. */
import { posix } from "node:path";
import * as vscode from "vscode";
import { settingsText } from "../../protocol/layer-settings";
import { shownName } from "../../protocol/errors";
import type { Report } from "../../protocol/report";
import { quantizedBefore } from "../analyze/analyze-noise";
import { askForAnalysis, type AskServices } from "../analyze/ask";
import { dataPlaceOf } from "../analyze/place";
import type { CurrentModel } from "../current-model";
import { pickModel } from "../pick-model";
import { choose, type BACK } from "../quantize/steps";
import { runWithProgress } from "../run-with-progress";
import { requireTrust } from "../workspace-place";
import type { EqualizationView } from "./equalization-panel";

export interface CompareEqualizationsServices extends AskServices {
  readonly current: CurrentModel;
  show(view: EqualizationView): void;
}

/** What equalization is for: one scale a tensor. */
const PER_TENSOR = { scheme: "symmetric", bits: 8, granularity: "tensor" } as const;

/**
 * @param model asks for one of the workspace's models where there is none
 * @param given answers in place of the questions, in the form of `AnalysisAnswers`; anything else is as none
 * @throws BitwrightError not-available in an untrusted workspace; what the comparison throws
 */
export async function compareEqualizations(
  services: CompareEqualizationsServices,
  model: vscode.Uri | undefined,
  given: unknown,
): Promise<void> {
  requireTrust(vscode.l10n.t("comparing runs the model"));
  const { worker, memory } = services;
  void worker.warm();
  const uri = model ?? (await pickModel(vscode.l10n.t("Compare Equalization")));
  if (uri === undefined) return;
  const { folder, model: path } = dataPlaceOf(uri);
  const name = shownName(posix.basename(uri.path));
  const question = vscode.l10n.t("Compare Equalization on {0}", name);
  const { analysisAnswersOf, analysisRecipe } = await import("../analyze/answers");
  const known = analysisAnswersOf(given);
  const answers = known ?? (await askForAnalysis(services, uri, { folder, model: path }, question));
  if (answers === undefined) return;
  const quantized = quantizedBefore(services, uri)?.report;
  const weights = known === undefined ? await askForWeights(question, quantized) : "tensor";
  if (typeof weights !== "string") return;
  const recipe =
    weights === "quantized"
      ? analysisRecipe(path, answers, quantized)
      : { ...analysisRecipe(path, answers, undefined), weights: PER_TENSOR };
  const title = vscode.l10n.t("Comparing equalization on {0}", name);
  const comparison = await runWithProgress(worker, title, "compareEqualizations", { baseDirectory: folder, recipe });
  services.show({ uri, comparison });
  await memory.rememberAnalysis(uri, answers);
}

type Weights = "tensor" | "quantized";

/** Asks only where the model was quantized in another way. */
async function askForWeights(title: string, quantized: Report | undefined): Promise<Weights | typeof BACK | undefined> {
  const schemes = new Set(quantized?.layers.map(settingsText));
  const text = schemes.size === 1 ? [...schemes][0] : vscode.l10n.t("{0} schemes", schemes.size);
  if (quantized === undefined || text === settingsText({ ...PER_TENSOR, settings: {} })) return "tensor";
  return choose<Weights>({
    title,
    placeholder: vscode.l10n.t("How weights become integers"),
    choices: [
      {
        label: vscode.l10n.t("One scale a tensor"),
        description: settingsText({ ...PER_TENSOR, settings: {} }),
        detail: vscode.l10n.t("What equalization is for: all channels of a layer share one scale"),
        value: "tensor",
      },
      { label: vscode.l10n.t("As last quantized"), description: text, value: "quantized" },
    ],
    position: { step: 1, totalSteps: 1 },
  });
}
