/** Fine-tuning of a model: what the command line and the worker call. */
import type { DigestibleDataset } from "../measure";
import { modelInput, type ModelInput } from "../data/dataset";
import { canonicalJson } from "../emit/canonical-json";
import type { Layer } from "../graph/layer";
import { findLayers } from "../graph/layers";
import { modelFacts } from "../model-facts";
import type { ModelSource } from "../model-source";
import { prepare, type PreparedModel } from "../prepare";
import { choiceFor, type Recipe } from "../recipe";
import type { Runtime } from "../runtime";
import type { TrainingReport } from "../../protocol/training";
import { decodeCheckpoint } from "./checkpoint";
import { correctedStart } from "./corrected-start";
import { deployedScore, modelScore } from "./deployed";
import { canNormalize, foldableNormalizations } from "./foldable-normalizations";
import type { Score } from "./evaluate";
import { checkJob, refuseSingleSamples } from "./job-checks";
import { judged, split, usualLoss } from "./judged-samples";
import { openNetwork } from "./open-network";
import { SampleReader, type Targets } from "./samples";
import type { TrainingSettings } from "./settings";
import { trainedModel, type TrainedModel } from "./trained-model";
import { trainedParts } from "./trained-parts";
import { Trainer, type TrainingControl } from "./trainer";

/** Samples with what the network is to answer; without targets it is to answer as the float model does. */
export interface TrainingData {
  readonly samples: Pick<DigestibleDataset, "count" | "fixedBatch" | "read" | "digest">;
  readonly targets: Targets | null;
}

export interface TrainingJob {
  readonly source: ModelSource;
  readonly recipe: Recipe;
  readonly settings: TrainingSettings;
  readonly runtime: Runtime;
  /** Written into the model. */
  readonly generatorVersion: string;
  readonly training: TrainingData;
  /** Null keeps a share of the training samples for it. */
  readonly validation: TrainingData | null;
  /** A checkpoint of the same run; null starts anew. */
  readonly resumeFrom: Uint8Array | null;
  readonly control: TrainingControl;
}

export interface TrainingOutcome extends TrainedModel {
  readonly report: TrainingReport;
}

/** The inputs of a model, and the dimensions of one answer, as data must fit them. */
export function dataShapes(
  source: ModelSource,
  { inputShapes }: Pick<Recipe, "inputShapes">,
): { readonly inputs: ModelInput[]; readonly output: ModelInput } {
  const { inputs, outputs } = modelFacts(prepare(source, inputShapes).original, 0);
  return { inputs: inputs.map(modelInput), output: modelInput(outputs[0]) };
}

/**
 * Trains with the quantizers of the recipe in the loop.
 * @throws BitwrightError recipe-invalid, layer-unknown, not-available, weight-not-finite; operator-unsupported before anything is run;
 *   training-diverged, cancelled, checkpoint-invalid, runtime-failed
 */
export async function trainModel(job: TrainingJob): Promise<TrainingOutcome> {
  const { source, settings, runtime, control } = job;
  const { recipe } = job;
  const folded = prepare(source, recipe.inputShapes);
  const normalizes = settings.batchNormalization === "batch";
  const batchStatistics = normalizes && !hasCodes(recipe, folded);
  const prepared = batchStatistics ? unfolded(folded) : folded;
  checkJob(recipe, settings, prepared, batchStatistics);
  const choices = new Map(prepared.layers.map((layer) => [layer.name, choiceFor(recipe, layer)]));
  const choose = ({ name }: Layer) => choices.get(name)!;
  const parts = trainedParts(settings, prepared);
  const { samples } = job.training;
  const foldable =
    normalizes && !batchStatistics
      ? await foldableNormalizations(prepared, choose, parts.trainsWeights, runtime, samples)
      : [];
  const loss = settings.loss ?? usualLoss(job.training.targets);
  const reader = await SampleReader.open(samples);
  const training = await judged(prepared, loss, reader, job.training.targets, runtime);
  const { kept, rest } = split(reader, settings, job.validation === null);
  if (normalizes) refuseSingleSamples(reader.fixedBatch ?? Math.min(settings.batch, rest.length));
  const validation =
    job.validation === null
      ? { ...training, indices: kept }
      : await judged(prepared, loss, await SampleReader.open(job.validation.samples), job.validation.targets, runtime);
  const float = await modelScore(prepared.model, loss, validation, runtime);
  const activations = recipe.activations ?? null;
  const begun =
    recipe.biasCorrection === "none"
      ? prepared
      : await correctedStart(prepared, choose, activations, recipe.biasCorrection, runtime, samples);
  const network = await openNetwork(
    begun,
    {
      loss,
      quantizers: { trainsScales: settings.scales === "trained", sharing: settings.weightSharing ?? null },
      activations,
      choose,
      batchStatistics,
      foldable,
      ...parts,
    },
    runtime,
    samples,
  );
  try {
    const id = control.sha256(
      new TextEncoder().encode(
        canonicalJson({
          model: source.sha256,
          recipe,
          settings,
          training: await digestOf(job.training, control),
          validation: job.validation === null ? null : await digestOf(job.validation, control),
          runtime: runtime.name,
        }),
      ),
    );
    const run = { network, settings, loss, training: { ...training, indices: rest }, validation, float, id };
    const trainer = new Trainer(run, control);
    if (job.resumeFrom !== null) {
      trainer.resume(decodeCheckpoint(job.resumeFrom, id, trainer.lengths, control.sha256));
    }
    const report = await trainer.train();
    const trained = trainedModel(begun, { ...recipe, biasCorrection: "none" }, network.parts, job.generatorVersion);
    const deployed = await deployedScore(trained, loss, validation, runtime);
    const couldNormalize =
      !normalizes && prepared.layers.some((layer) => parts.trainsWeights(layer) && choose(layer).keep === "codes");
    const wantsNormalization =
      couldNormalize &&
      prepared.layers.every((layer) => canNormalize(choose(layer))) &&
      losesMuch(report.float, deployed);
    return { report: { ...report, deployed, wantsNormalization }, ...trained };
  } finally {
    await network.close();
  }
}

/** Of samples and targets; classes are part of the samples'. */
async function digestOf(
  { samples, targets }: TrainingData,
  { sha256 }: Pick<TrainingControl, "sha256">,
): Promise<readonly string[]> {
  const digest = await samples.digest();
  if (targets?.kind !== "values") return [digest];
  const { buffer, byteOffset, byteLength } = targets.values;
  return [digest, sha256(new Uint8Array(buffer, byteOffset, byteLength))];
}

/** Share of the answers whose loss is worth a word. */
const MUCH = 0.02;

function losesMuch(float: Score, deployed: Score): boolean {
  return (float.accuracy ?? 0) - (deployed.accuracy ?? 0) > MUCH;
}

/** With batch normalizations as they are in the file. */
function unfolded(prepared: PreparedModel): PreparedModel {
  return { ...prepared, model: prepared.original, folds: [], ...findLayers(prepared.original) };
}

/** Codes are those of folded weights, and normalizations are put behind these. */
function hasCodes(recipe: Recipe, { layers }: PreparedModel): boolean {
  return recipe.activations !== undefined || layers.some((layer) => choiceFor(recipe, layer).keep === "codes");
}
