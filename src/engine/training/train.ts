/** Fine-tuning of a model: what the command line and the worker call. */
import type { DigestibleDataset } from "../measure";
import { modelInput, type ModelInput } from "../data/dataset";
import { canonicalJson } from "../emit/canonical-json";
import { GraphEdit } from "../graph/edit";
import type { Layer } from "../graph/layer";
import { findLayers } from "../graph/layers";
import { modelFacts } from "../model-facts";
import type { ModelSource } from "../model-source";
import { isOperator } from "../onnx/model";
import { prepare, type PreparedModel } from "../prepare";
import { nonFinite, nonFiniteError } from "../quantize-layers";
import { checkLayerRules, choiceFor, type Recipe } from "../recipe";
import type { Runtime } from "../runtime";
import { BitwrightError } from "../../protocol/errors";
import type { TrainingReport } from "../../protocol/training";
import { decodeCheckpoint } from "./checkpoint";
import { correctedStart } from "./corrected-start";
import { differentiate } from "./differentiate";
import { deployedScore, modelScore } from "./deployed";
import { foldableNormalizations } from "./foldable-normalizations";
import type { Judged } from "./evaluate";
import type { LossName } from "./losses";
import { openNetwork } from "./open-network";
import { SampleReader, type Targets } from "./samples";
import type { TrainingSettings } from "./settings";
import { shuffledOrder } from "./shuffle";
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
  refuseTransforms(recipe);
  checkLayerRules(recipe, prepared.layers);
  refuseSharingWithoutMixture(settings, recipe, prepared);
  refuseNonFinite(prepared);
  if (batchStatistics) refuseWithoutNormalizations(prepared);
  const loss = settings.loss ?? usualLoss(job.training.targets);
  const reader = await SampleReader.open(job.training.samples);
  const training = await judged(prepared, loss, reader, job.training, runtime);
  const { kept, rest } = split(reader, settings, job.validation === null);
  if (normalizes) refuseSingleSamples(reader.fixedBatch ?? Math.min(settings.batch, rest.length));
  const validation =
    job.validation === null
      ? { ...training, indices: kept }
      : await judged(prepared, loss, await SampleReader.open(job.validation.samples), job.validation, runtime);
  const float = await modelScore(prepared.model, loss, validation, runtime);
  const choices = new Map(prepared.layers.map((layer) => [layer.name, choiceFor(recipe, layer)]));
  const choose = ({ name }: Layer) => choices.get(name)!;
  const parts = trainedParts(settings, prepared);
  const { samples } = job.training;
  const activations = recipe.activations ?? null;
  const foldable =
    normalizes && !batchStatistics
      ? await foldableNormalizations(prepared, choose, parts.trainsWeights, runtime, samples)
      : [];
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
          training: await job.training.samples.digest(),
          validation: (await job.validation?.samples.digest()) ?? null,
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
    const trained = trainedModel(begun, { ...recipe, biasCorrection: "none" }, network, job.generatorVersion);
    const deployed = await deployedScore(trained, loss, validation, runtime);
    return { report: { ...report, deployed }, ...trained };
  } finally {
    await network.close();
  }
}

function refuseTransforms(recipe: Recipe): void {
  const changes = recipe.equalize !== "none" || recipe.deadChannels === "fold";
  if (changes) {
    throw new BitwrightError(
      "recipe-invalid",
      "training starts from the model as it is, without equalization",
      "Remove equalize and deadChannels",
      { field: "equalize" },
    );
  }
}

/** With batch normalizations as they are in the file. */
function unfolded(prepared: PreparedModel): PreparedModel {
  return { ...prepared, model: prepared.original, folds: [], ...findLayers(prepared.original) };
}

function refuseWithoutNormalizations({ model }: PreparedModel): void {
  if (model.graph.node.some((node) => isOperator(node, "BatchNormalization"))) return;
  throw new BitwrightError(
    "recipe-invalid",
    "statistics of the batch have nothing to follow: the network is trained in float and has no batch normalization",
    "Remove batchNormalization, or give layers codes",
    { field: "batchNormalization" },
  );
}

function refuseSingleSamples(batch: number): void {
  if (batch > 1) return;
  throw new BitwrightError(
    "recipe-invalid",
    "statistics of the batch need more than one sample a step",
    "Give a larger batch, or export the model with an open one",
    { field: "batch" },
  );
}

/** Codes are those of folded weights, and normalizations are put behind these. */
function hasCodes(recipe: Recipe, { layers }: PreparedModel): boolean {
  return recipe.activations !== undefined || layers.some((layer) => choiceFor(recipe, layer).keep === "codes");
}

function refuseSharingWithoutMixture(
  { weightSharing }: TrainingSettings,
  recipe: Recipe,
  { layers }: PreparedModel,
): void {
  const shares = (layer: Layer): boolean => {
    const choice = choiceFor(recipe, layer);
    return choice.keep === "codes" && choice.settings.scheme === "codebook-mixture";
  };
  if (weightSharing === undefined || layers.some(shares)) return;
  throw new BitwrightError(
    "recipe-invalid",
    "soft weight sharing draws weights to the means of codebook-mixture, and no layer has this scheme",
    "Choose the scheme codebook-mixture, or remove it",
    { field: "weightSharing" },
  );
}

function refuseNonFinite({ layers }: PreparedModel): void {
  for (const layer of layers) {
    const problem = nonFinite(layer);
    if (problem !== null) throw nonFiniteError(layer, problem);
  }
}

function usualLoss(targets: Targets | null): LossName {
  if (targets === null) return "distillation";
  return targets.kind === "classes" ? "cross-entropy" : "mean-squared-error";
}

/** All samples with their targets: those given, or the float model's own scores. */
async function judged(
  prepared: PreparedModel,
  loss: LossName,
  reader: SampleReader,
  { targets }: TrainingData,
  runtime: Runtime,
): Promise<Judged> {
  const indices = Uint32Array.from({ length: reader.count }, (_, index) => index);
  const fits = loss === "cross-entropy" ? targets?.kind === "classes" : targets?.kind === "values";
  if (loss !== "distillation") {
    if (targets !== null && fits) return { reader, targets, indices };
    throw new BitwrightError(
      loss === "cross-entropy" ? "labels-invalid" : "data-missing",
      `the loss ${loss} needs ${loss === "cross-entropy" ? "the class of every sample" : "target values"}`,
      loss === "cross-entropy" ? "Give labels" : "Give targets",
      { field: loss === "cross-entropy" ? "labels" : "targets" },
    );
  }
  return { reader, indices, targets: await teacherScores(prepared, reader, indices, runtime) };
}

/** Samples that the float model answers at a time, where it takes any number of them. */
const TEACHER_BATCH = 256;

/** What the float model answers to every sample. */
async function teacherScores(
  prepared: PreparedModel,
  reader: SampleReader,
  indices: Uint32Array,
  runtime: Runtime,
): Promise<Targets> {
  const { scores } = differentiate(prepared.model, { trainable: [], loss: "distillation" });
  const edit = new GraphEdit(prepared.model);
  edit.addOutput(scores);
  const session = await runtime.createSession(edit.encode());
  try {
    const batch = reader.fixedBatch ?? TEACHER_BATCH;
    let values = new Float32Array(0);
    let dims: readonly number[] = [];
    for (let start = 0; start < indices.length; start += batch) {
      const chosen = indices.subarray(start, start + batch);
      const answer = (await session.run(await reader.batch(chosen)))[scores];
      const size = answer.data.length / chosen.length;
      if (start === 0) [values, dims] = [new Float32Array(size * indices.length), answer.dims.slice(1)];
      values.set(Float32Array.from(answer.data, Number), start * size);
    }
    return { kind: "values", values, dims };
  } finally {
    await session.release();
  }
}

/** The share of the samples that is kept for evaluation, drawn by the seed, and the rest. */
function split(
  { count, fixedBatch }: SampleReader,
  { validationShare, seed }: TrainingSettings,
  keeps: boolean,
): { readonly kept: Uint32Array; readonly rest: Uint32Array } {
  const unit = fixedBatch ?? 1;
  const units = shuffledOrder(Math.floor(count / unit), seed, 2 ** 31);
  const keptUnits = keeps ? Math.max(1, Math.round(units.length * validationShare)) : 0;
  if (keptUnits >= units.length) {
    throw new BitwrightError("data-too-few", `${count} samples are too few to keep some for evaluation`, "Give more");
  }
  const samplesOf = (chosen: Uint32Array): Uint32Array =>
    Uint32Array.from({ length: chosen.length * unit }, (_, i) => chosen[Math.floor(i / unit)] * unit + (i % unit));
  return { kept: samplesOf(units.subarray(0, keptUnits).sort()), rest: samplesOf(units.subarray(keptUnits).sort()) };
}
