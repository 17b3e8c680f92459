/**
 * The one function: a recipe and a model go in, a report and artifacts come out.
 * The extension's worker, the command line and the tests are its callers.
 */
import { BitwrightError } from "../protocol/errors";
import { REPORT_VERSION, type LayerReport, type Report } from "../protocol/report";
import type { Artifact } from "./artifact";
import { buildFiles } from "./emit/build-systems/build-files";
import type { InferenceUse } from "./emit/build-systems/description";
import { emitWeights } from "./emit/c-weights";
import { canonicalJson } from "./emit/canonical-json";
import { packingOf } from "./emit/code-storage";
import type { QuantizedLayer } from "./emit/emission";
import { fileBaseName } from "./emit/file-names";
import { modelIdentifier } from "./emit/layer-names";
import { emitQuantizedOnnx } from "./emit/qdq/quantized-onnx";
import { reportArtifact } from "./emit/report-json";
import type { Layer, Unquantizable } from "./graph/layer";
import { integerNetwork, type IntegerNetwork } from "./inference";
import { layerNotes } from "./layer-notes";
import {
  correctedBiases,
  measurementNotes,
  measureNoise,
  withCalibration,
  withRoomForBias,
  type CalibratedModel,
  type Measuring,
  type NoiseFigures,
} from "./measure";
import { modelFacts } from "./model-facts";
import type { ModelSource } from "./model-source";
import { cachedNoise, noiseKey } from "./noise-cache";
import { prepare, withModel, type PreparedModel } from "./prepare";
import { LayerQuantizer, leftFloat, nonFinite, nonFiniteError } from "./quantize-layers";
import type { BiasCorrectionRecord } from "./transforms/bias-correction";
import { withRoundedBiases } from "./transforms/bias-rounding";
import { biasCorrectionNote } from "./transforms/transform-report";
import { checkLayerRules, choiceFor, outputBaseName, type LayerChoice, type Recipe } from "./recipe";
import { recipeForBanner } from "./recipe-for-banner";

/** What every run needs from its caller. */
export interface BaseContext {
  /** Version written into banners and reports. */
  readonly generatorVersion: string;
  /** SHA-256 of bytes, 64 lower-case hexadecimal digits. */
  readonly sha256: (bytes: Uint8Array) => string;
  /** Called, and waited for, as work proceeds, with a share from 0 to 1. */
  readonly progress?: (step: string, share: number) => void | Promise<void>;
}

export interface PipelineContext extends BaseContext {
  /** Undefined where there is no runtime: recipes that need one are then refused. */
  readonly measuring?: Measuring;
}

export interface PipelineResult {
  readonly report: Report;
  /** Sorted by path; empty for an inspection. */
  readonly artifacts: readonly Artifact[];
}

/** Everything that is known of the layers once their codes are. */
export interface Quantized {
  readonly reports: readonly LayerReport[];
  readonly emitted: readonly QuantizedLayer[];
  /** Layers that get codes, in the order of the graph. */
  readonly layers: readonly Layer[];
  /** What cannot be quantized. */
  readonly left: readonly Unquantizable[];
  /** What the recipe keeps in float. */
  readonly keptFloat: readonly Unquantizable[];
  readonly totals: Report["totals"];
}

/**
 * @param recipe null inspects the model: nothing is quantized and there are no artifacts
 * @throws BitwrightError naming model, layer and field
 */
export async function runPipeline(
  source: ModelSource,
  recipe: Recipe | null,
  context: PipelineContext,
): Promise<PipelineResult> {
  const progress = context.progress ?? (() => undefined);
  await progress("Parsing", 0);
  const prepared = prepare(source, recipe?.inputShapes);
  if (recipe === null) {
    const quantized = await quantizeAll(prepared, null, () => ({ keep: "float" }), null, progress);
    return { report: reportOf(prepared, null, quantized, null, [], context), artifacts: [] };
  }
  const { choose, floatLayers } = choicesOf(prepared, recipe);
  if (!needsData(recipe)) {
    const quantized = await quantizeAll(prepared, recipe, choose, null, progress);
    return emit(withRecipeBiases(prepared, recipe, choose), recipe, quantized, null, null, null, context);
  }
  refuseNonFinite(prepared.layers, choose);
  return withCalibration(prepared, recipe, floatLayers, context.measuring, progress, async (calibrated) => {
    const { prepared: transformed } = calibrated;
    const uncorrected = await quantizeAll(transformed, recipe, choose, calibrated, progress);
    const weights = new Map(uncorrected.emitted.map((layer) => [layer.name, layer.quantized]));
    const biases =
      recipe.biasCorrection === "none"
        ? null
        : await correctedBiases(calibrated, weights, recipe.biasCorrection, progress);
    const corrected = withRecipeBiases(biases?.corrected ?? transformed, recipe, choose);
    const sensitivity = context.measuring?.sensitivity ?? false;
    const key = noiseKey(
      {
        generatorVersion: context.generatorVersion,
        runtime: calibrated.runtime.name,
        model: prepared.original,
        dataDigest: await calibrated.dataset.digest(),
        recipe,
        sensitivity,
      },
      context.sha256,
    );
    const noise = await cachedNoise(context.measuring?.cache, key, () =>
      measureNoise(calibrated, weights, corrected === transformed ? null : corrected, sensitivity, progress),
    );
    const quantized =
      corrected === transformed ? uncorrected : await quantizeAll(corrected, recipe, choose, calibrated, progress);
    return emit(corrected, recipe, quantized, calibrated, noise, biases?.record ?? null, context);
  });
}

/** The model with the biases of layers that get codes in as many bits as the recipe gives them; itself where that is all of 32. */
export function withRecipeBiases(
  prepared: PreparedModel,
  { biasBits = 32 }: Recipe,
  choose: LayerChoices["choose"],
): PreparedModel {
  if (biasBits === 32) return prepared;
  const layers = prepared.layers.filter((layer) => choose(layer).keep === "codes" && nonFinite(layer) === null);
  return withModel(prepared, withRoundedBiases(prepared.model, layers, biasBits));
}

/** What a recipe says of the layers of a model. */
export interface LayerChoices {
  readonly choose: (layer: Layer) => LayerChoice;
  /** Names of the layers that stay float. */
  readonly floatLayers: ReadonlySet<string>;
}

/** @throws BitwrightError model-no-weights; layer-unknown and recipe-invalid, where rules do not fit the layers */
export function choicesOf({ layers, unquantizable }: PreparedModel, recipe: Recipe): LayerChoices {
  if (layers.length === 0) throw noWeights(unquantizable);
  checkLayerRules(recipe, layers);
  const choices = new Map(layers.map((layer) => [layer.name, choiceFor(recipe, layer)]));
  return {
    choose: ({ name }) => choices.get(name) ?? { keep: "float" },
    floatLayers: new Set([...choices].filter(([, { keep }]) => keep === "float").map(([name]) => name)),
  };
}

/** @throws BitwrightError weight-not-finite, before any data are read */
export function refuseNonFinite(layers: readonly Layer[], choose: LayerChoices["choose"]): void {
  for (const layer of layers) {
    const problem = choose(layer).keep === "codes" ? nonFinite(layer) : null;
    if (problem !== null) throw nonFiniteError(layer, problem);
  }
}

/** Whether anything that the recipe asks for is done on calibration data. */
function needsData({ activations, calibration, equalize, deadChannels, biasCorrection }: Recipe): boolean {
  return (
    activations !== undefined ||
    calibration !== undefined ||
    equalize !== "none" ||
    deadChannels === "fold" ||
    biasCorrection !== "none"
  );
}

/** Codes and reports of all layers. @param recipe null for an inspection */
export async function quantizeAll(
  prepared: PreparedModel,
  recipe: Recipe | null,
  choose: LayerChoices["choose"],
  calibrated: CalibratedModel | null,
  progress: NonNullable<BaseContext["progress"]>,
): Promise<Quantized> {
  const quantizer = new LayerQuantizer({
    modelParameters: prepared.parameters,
    packing: recipe === null ? "none" : packingOf(recipe.output),
    order: recipe?.output.order ?? "ohwi",
    biasBits: recipe?.biasBits ?? 32,
    adjust: (layer, quantized) => (calibrated === null ? quantized : withRoomForBias(calibrated, layer, quantized)),
  });
  const reports: LayerReport[] = [];
  const emitted: QuantizedLayer[] = [];
  const layers: Layer[] = [];
  const left = [...prepared.unquantizable];
  const keptFloat: Unquantizable[] = [];
  for (const [index, layer] of prepared.layers.entries()) {
    await progress(`Layer ${index + 1} of ${prepared.layers.length}`, index / prepared.layers.length);
    const choice = choose(layer);
    const problem = nonFinite(layer);
    if (problem !== null) {
      if (choice.keep === "codes") throw nonFiniteError(layer, problem);
      left.push(leftFloat(layer, problem.reason));
      continue;
    }
    const outcome = quantizer.quantize(layer, choice);
    reports.push(outcome.report);
    if (outcome.emitted === null) {
      keptFloat.push(leftFloat(layer, "The recipe keeps it in float."));
    } else {
      emitted.push(outcome.emitted);
      layers.push(layer);
    }
  }
  const totals = {
    parameters: sum(reports, (layer) => layer.parameters),
    bytes: sum(reports, (layer) => layer.bytes),
    floatBytes: sum(reports, (layer) => layer.floatBytes),
    ...quantizer.noise.sqnr(),
  };
  return { reports, emitted, layers, left, keptFloat, totals };
}

async function emit(
  prepared: PreparedModel,
  recipe: Recipe,
  quantized: Quantized,
  calibrated: CalibratedModel | null,
  noise: NoiseFigures | null,
  biasCorrection: BiasCorrectionRecord | null,
  context: PipelineContext,
): Promise<PipelineResult> {
  await context.progress?.("Writing", 1);
  const { source } = prepared.original;
  const origin = { generatorVersion: context.generatorVersion, recipe: canonicalJson(recipeForBanner(recipe)) };
  const baseName = outputBaseName(recipe, source.name);
  const wants = (kind: Recipe["output"]["emit"][number]): boolean => recipe.output.emit.includes(kind);
  const artifacts: Artifact[] = [];
  const notes = calibrated === null ? [] : measurementNotes(calibrated);
  if (biasCorrection !== null) notes.push(biasCorrectionNote(biasCorrection));
  if (wants("weights")) {
    artifacts.push(
      ...emitWeights({
        ...origin,
        modelName: source.name,
        modelSha256: source.sha256,
        baseName,
        files: recipe.output.files,
        order: recipe.output.order,
        packing: recipe.output.packing,
        layers: quantized.emitted,
        keptFloat: [...quantized.keptFloat, ...quantized.left],
      }),
    );
  }
  let inference: IntegerNetwork | null = null;
  if (wants("inference")) {
    const weights = new Map(quantized.emitted.map((layer) => [layer.name, layer.quantized]));
    inference = await integerNetwork(prepared, recipe, weights, calibrated, { ...origin, baseName });
    artifacts.push(...inference.artifacts);
  }
  artifacts.push(...buildArtifacts(recipe, origin.generatorVersion, baseName, artifacts, inference?.use ?? null));
  if (wants("onnx")) {
    const { artifact, notes: remarks } = emitQuantizedOnnx({
      ...origin,
      baseName,
      model: prepared.model,
      layers: quantized.layers.map((layer, index) => ({ layer, quantized: quantized.emitted[index].quantized })),
      activations: calibrated === null ? null : { plan: calibrated.plan, parameters: calibrated.parameters },
      packedWeights: recipe.output.onnxWeights === "packed",
    });
    artifacts.push(artifact);
    notes.push(...remarks);
  }
  const report: Report = {
    ...reportOf(prepared, recipe, quantized, noise, notes, context, artifacts),
    transforms: calibrated?.transforms ?? null,
    biasCorrection,
    inference: inference?.report ?? null,
  };
  if (wants("report")) artifacts.push(reportArtifact(report, `${fileBaseName(baseName)}_report.json`));
  return { report, artifacts: artifacts.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

/** Build files for the C files so far. */
function buildArtifacts(
  { output }: Recipe,
  generatorVersion: string,
  baseName: string,
  files: readonly Artifact[],
  inference: InferenceUse | null,
): Artifact[] {
  const ending = (suffix: string) => files.map(({ path }) => path).filter((path) => path.endsWith(suffix));
  if (output.build.length > 0 && ending(".h").length === 0) {
    throw new BitwrightError(
      "recipe-invalid",
      "build files are for C, and none is written",
      'Add "weights" or "inference" to what is emitted, or leave the build files out',
      { field: "output.build" },
    );
  }
  const names = { generatorVersion, stem: fileBaseName(baseName), model: modelIdentifier(baseName) };
  return buildFiles({ ...names, headers: ending(".h"), sources: ending(".c"), inference }, output.build);
}

function reportOf(
  prepared: PreparedModel,
  recipe: Recipe | null,
  { reports, left, totals }: Quantized,
  noise: NoiseFigures | null,
  notes: readonly string[],
  context: PipelineContext,
  artifacts: readonly Artifact[] = [],
): Report {
  return {
    generator: { name: "bitwright", version: context.generatorVersion },
    version: REPORT_VERSION,
    model: { ...modelFacts(prepared.original, prepared.parameters), ...noise?.model },
    recipe,
    layers: reports.map((layer) => ({ ...layer, noise: noise?.layers.get(layer.name) ?? null })),
    unquantizable: [...left],
    transforms: null,
    biasCorrection: null,
    inference: null,
    totals,
    artifacts: artifacts.map(({ path, bytes }) => ({ path, bytes: bytes.length, sha256: context.sha256(bytes) })),
    notes: [...layerNotes(reports), ...notes],
  };
}

function noWeights(left: readonly Unquantizable[]): BitwrightError {
  const first = left.at(0);
  return new BitwrightError(
    "model-no-weights",
    "the model has no weights that can be quantized",
    first === undefined
      ? "Choose a trained model"
      : `The first candidate, ${first.name}: ${first.reason.replace(/\.$/, "")}`,
  );
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
