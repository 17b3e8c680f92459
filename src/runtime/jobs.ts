/** The jobs that a process with files carries out: what the worker and the command line share. */
import { basename, dirname, resolve } from "node:path";
import type { Candidate } from "../engine/compare/candidates";
import { compareSchemes } from "../engine/compare/compare";
import { compareEqualizations } from "../engine/compare/equalizations";
import { diagnose } from "../engine/diagnose";
import type { Measuring } from "../engine/measure";
import type { ModelSource } from "../engine/model-source";
import { runPipeline, type BaseContext, type PipelineResult } from "../engine/pipeline";
import { parseWeightSettings, type Recipe } from "../engine/recipe";
import { checkRequirements } from "../engine/recipe-requirements";
import type { Diagnosis } from "../protocol/diagnosis";
import { BitwrightError } from "../protocol/errors";
import type { Comparison } from "../protocol/comparison";
import type { EqualizationComparison } from "../protocol/equalization-comparison";
import type { Report } from "../protocol/report";
import { openDataset } from "./dataset";
import { readModelSource, sha256 } from "./model-file";
import { loadOnnxRuntime } from "./onnxruntime";
import { resultCache } from "./result-cache";
import { outputFolderInside } from "./output-folder";
import { outputPaths, staleArtifacts, writeArtifacts, type OutputFolder, type WriteResult } from "./write-artifacts";

export type Progress = (step: string, share: number) => void | Promise<void>;

/**
 * Parses and measures a model without quantizing it.
 * @throws BitwrightError
 */
export async function inspectModel(modelPath: string, progress?: Progress): Promise<Report> {
  return (await runOnFile(modelPath, null, { baseDirectory: dirname(modelPath), progress })).report;
}

/** What a run of a recipe was made of: its report, and the model's own files that were read, as absolute paths. */
interface RecipeRun {
  readonly report: Report;
  readonly modelFiles: readonly string[];
}

/**
 * Runs one recipe and writes its outputs, all or none; none where the result does not meet the recipe's demands.
 * @param baseDirectory absolute folder that the recipe's paths are relative to, and that outputs must stay in
 * @throws BitwrightError
 */
export async function generate(
  baseDirectory: string,
  recipe: Recipe,
  progress?: Progress,
): Promise<WriteResult & RecipeRun> {
  const { report, modelFiles, outputs } = await runRecipe(baseDirectory, recipe, progress);
  checkRequirements(recipe, report.layers, report.totals);
  await progress?.("Writing", 1);
  return { report, modelFiles, ...writeArtifacts(outputs) };
}

/**
 * Runs one recipe and compares; writes nothing, and leaves it to the caller whether the recipe's demands are met.
 * @returns absolute paths of all outputs, and of those that are missing or have other bytes
 * @throws BitwrightError
 */
export async function checkOutputs(
  baseDirectory: string,
  recipe: Recipe,
  progress?: Progress,
): Promise<RecipeRun & { readonly files: readonly string[]; readonly stale: readonly string[] }> {
  const { report, modelFiles, outputs } = await runRecipe(baseDirectory, recipe, progress);
  return { report, modelFiles, files: outputPaths(outputs), stale: staleArtifacts(outputs) };
}

async function runRecipe(
  baseDirectory: string,
  recipe: Recipe,
  progress: Progress | undefined,
): Promise<RecipeRun & { readonly outputs: readonly OutputFolder[] }> {
  const directory = outputFolderInside(baseDirectory, recipe.output.directory);
  const model = resolve(baseDirectory, recipe.model);
  const modelFiles = new Set([model]);
  const onRead = (location: string): void => void modelFiles.add(resolve(dirname(model), location));
  const { report, artifacts } = await runOnFile(model, recipe, { baseDirectory, progress, onRead });
  return { report, modelFiles: [...modelFiles], outputs: [{ directory, artifacts }] };
}

/**
 * Fits every candidate to every layer of a model; weights only.
 * @throws BitwrightError that names the model
 */
export async function compareModel(
  modelPath: string,
  candidates: readonly Candidate[],
  progress?: Progress,
): Promise<Comparison> {
  return atModel(modelPath, (source, context) => compareSchemes(source, candidates, context), progress);
}

/**
 * Tries what would help one layer.
 * @param weights a recipe's `weights`
 * @throws BitwrightError that names the model; layer-unknown
 */
export async function diagnoseLayer(
  modelPath: string,
  layer: string,
  weights: unknown,
  progress?: Progress,
): Promise<Diagnosis> {
  const settings = parseWeightSettings(weights);
  return atModel(modelPath, (source, context) => diagnose(source, layer, settings, context), progress);
}

/** How a run is carried out, beyond what the recipe says. */
export interface RunOptions {
  /** Absolute folder that the paths of the recipe's calibration data are relative to. */
  readonly baseDirectory: string;
  /** Measure what each layer alone costs the model's output; needs calibration data and takes its time. */
  readonly sensitivity?: boolean;
  readonly progress?: Progress | undefined;
  /** As `readModelSource` takes it. */
  readonly onRead?: ((location: string) => void) | undefined;
}

/**
 * Runs the pipeline on a model file.
 * @throws BitwrightError that names the model
 */
export async function runOnFile(
  modelPath: string,
  recipe: Recipe | null,
  { baseDirectory, sensitivity = false, progress, onRead }: RunOptions,
): Promise<PipelineResult> {
  const measuring = { sensitivity, ...measuringIn(baseDirectory) };
  return atModel(
    modelPath,
    (source, context) => runPipeline(source, recipe, { ...context, measuring }),
    progress,
    onRead,
  );
}

/**
 * Compares equalizations of a model on the recipe's calibration data.
 * @throws BitwrightError that names the model
 */
export async function compareEqualizationsOf(
  modelPath: string,
  recipe: Recipe,
  { baseDirectory, progress }: RunOptions,
): Promise<EqualizationComparison> {
  const measuring = { sensitivity: false, ...measuringIn(baseDirectory) };
  return atModel(
    modelPath,
    (source, context) => compareEqualizations(source, recipe, { ...context, measuring }),
    progress,
  );
}

function measuringIn(baseDirectory: string): Omit<Measuring, "sensitivity"> {
  return {
    runtime: loadOnnxRuntime,
    cache: resultCache(),
    openDataset: (settings, inputs, classes) => openDataset(baseDirectory, settings, inputs, classes),
  };
}

/** Reads the model and puts its name into what goes wrong. */
async function atModel<T>(
  modelPath: string,
  work: (source: ModelSource, context: BaseContext) => Promise<T>,
  progress: Progress | undefined,
  onRead?: (location: string) => void,
): Promise<T> {
  await progress?.("Reading", 0);
  try {
    return await work(readModelSource(modelPath, onRead), {
      generatorVersion: __BITWRIGHT_VERSION__,
      sha256,
      ...(progress === undefined ? {} : { progress }),
    });
  } catch (error) {
    throw BitwrightError.from(error).within({ model: basename(modelPath) });
  }
}
