/**
 * The one function: a recipe and a model go in, a report and artifacts come out.
 * The extension's worker, the command line and the tests are its callers.
 */
import { BitwrightError } from "../protocol/errors";
import { REPORT_VERSION, type LayerReport, type Report } from "../protocol/report";
import type { Artifact } from "./artifact";
import { emitWeights } from "./emit/c-weights";
import { canonicalJson } from "./emit/canonical-json";
import type { QuantizedLayer } from "./emit/emission";
import { fileBaseName } from "./emit/file-names";
import { reportArtifact } from "./emit/report-json";
import { foldBatchNormalization } from "./graph/fold-batch-normalization";
import type { Unquantizable } from "./graph/layer";
import { findLayers } from "./graph/layers";
import { modelFacts } from "./model-facts";
import type { Dataset, ModelInput } from "./data/dataset";
import type { CalibrationSettings } from "./data/settings";
import type { Runtime } from "./runtime";
import type { ModelSource } from "./model-source";
import { decodeModel } from "./onnx/decode";
import { LayerQuantizer, leftFloat, nonFinite, nonFiniteError } from "./quantize-layers";
import { checkLayerRules, choiceFor, type LayerChoice, type Recipe } from "./recipe";

/** What every run needs from its caller. */
export interface BaseContext {
  /** Version written into banners and reports. */
  readonly generatorVersion: string;
  /** SHA-256 of bytes, 64 lower-case hexadecimal digits. */
  readonly sha256: (bytes: Uint8Array) => string;
  /** Called, and waited for, as work proceeds, with a share from 0 to 1. */
  readonly progress?: (step: string, share: number) => void | Promise<void>;
}

/** What measuring activations takes. */
export interface Measuring {
  /** Loads the inference runtime. */
  readonly runtime: () => Promise<Runtime>;
  /** Opens calibration data; the pipeline closes them. */
  readonly openDataset: (
    settings: CalibrationSettings,
    inputs: readonly ModelInput[],
    classes: number | null,
  ) => Promise<Dataset>;
  /** Measure what each layer alone costs the model's output. */
  readonly sensitivity: boolean;
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

/** Share of the work that is done when a step begins; quantizing takes what lies between its own and emitting's. */
const STEP_SHARES = { parse: 0.05, fold: 0.15, quantize: 0.2, emit: 0.8 } as const;

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
  await progress("Parsing", STEP_SHARES.parse);
  const original = decodeModel(source);
  const { parameters } = findLayers(original);
  await progress("Folding batch normalization", STEP_SHARES.fold);
  const { model, folds } = foldBatchNormalization(original);
  const { layers, unquantizable } = findLayers(model, folds);
  if (recipe !== null) {
    if (layers.length === 0) throw noWeights(unquantizable);
    checkLayerRules(recipe, layers);
  }

  const quantizer = new LayerQuantizer(parameters);
  const reports: LayerReport[] = [];
  const emitted: QuantizedLayer[] = [];
  const left: Unquantizable[] = [...unquantizable];
  const keptFloat: Unquantizable[] = [];
  for (const [index, layer] of layers.entries()) {
    const share = STEP_SHARES.quantize + (STEP_SHARES.emit - STEP_SHARES.quantize) * (index / layers.length);
    await progress(`${recipe === null ? "Measuring" : "Quantizing"} layer ${index + 1} of ${layers.length}`, share);
    const choice: LayerChoice = recipe === null ? { keep: "float" } : choiceFor(recipe, layer);
    const problem = nonFinite(layer);
    if (problem !== null) {
      if (choice.keep === "codes") throw nonFiniteError(layer, problem);
      left.push(leftFloat(layer, `${problem.field}: ${problem.problem}.`));
      continue;
    }
    const outcome = quantizer.quantize(layer, choice);
    reports.push(outcome.report);
    if (outcome.emitted !== null) emitted.push(outcome.emitted);
    else if (recipe !== null) keptFloat.push(leftFloat(layer, "The recipe keeps it in float."));
  }

  await progress("Writing C", STEP_SHARES.emit);
  const sources =
    recipe?.output.emit.includes("weights") === true
      ? emitWeights({
          generatorVersion: context.generatorVersion,
          modelName: source.name,
          modelSha256: source.sha256,
          recipe: canonicalJson(recipe),
          baseName: outputName(recipe, source),
          files: recipe.output.files,
          order: recipe.output.order,
          layers: emitted,
          keptFloat: [...keptFloat, ...left],
        })
      : [];
  const report: Report = {
    generator: { name: "bitwright", version: context.generatorVersion },
    version: REPORT_VERSION,
    model: modelFacts(original, parameters),
    recipe,
    layers: reports,
    unquantizable: left,
    totals: {
      parameters: sum(reports, (layer) => layer.parameters),
      bytes: sum(reports, (layer) => layer.bytes),
      floatBytes: sum(reports, (layer) => layer.floatBytes),
      ...quantizer.noise.sqnr(),
    },
    artifacts: sources.map(({ path, bytes }) => ({ path, bytes: bytes.length, sha256: context.sha256(bytes) })),
    notes: notes(reports),
  };
  return { report, artifacts: recipe === null ? [] : withReport(sources, report, recipe, source) };
}

function withReport(sources: Artifact[], report: Report, recipe: Recipe, source: ModelSource): Artifact[] {
  if (!recipe.output.emit.includes("report")) return sources;
  const path = `${fileBaseName(outputName(recipe, source))}_report.json`;
  return [...sources, reportArtifact(report, path)].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function outputName(recipe: Recipe, source: ModelSource): string {
  return recipe.output.name ?? source.name.replace(/\.onnx$/i, "");
}

function notes(layers: readonly LayerReport[]): string[] {
  const fused = layers.reduce((count, layer) => count + layer.fused.length, 0);
  const shared = layers.filter((layer) => layer.sharedWith !== null).length;
  return [
    ...(fused > 0
      ? [`${fused} nodes (batch normalizations, separate bias additions) are folded into their layers.`]
      : []),
    ...(shared > 0 ? [`${shared} layers share the weights of an earlier one; those are stored once.`] : []),
  ];
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
