/** Measuring on calibration data: ranges of activations first, then what quantization costs every layer and the model. */
import { BitwrightError } from "../protocol/errors";
import type { LayerNoise, LayerSensitivity, ModelNoise } from "../protocol/noise";
import type { Transforms } from "../protocol/transforms";
import { calibrate, type Calibration } from "./activations/calibrate";
import { activationParameters, groupSettings, type ActivationParameters } from "./activations/parameters";
import { planActivations, planOptions, type ActivationPlan } from "./activations/plan";
import { chooseRange } from "./activations/ranges";
import type { RunControl } from "./activations/run";
import { measureCumulative, type CumulativeNoise } from "./analysis/noise/cumulative";
import { measureIsolated } from "./analysis/noise/isolated";
import { layerInput, parametersOf, type QuantizedNetwork } from "./analysis/noise/network";
import { layerNoise, modelNoise } from "./analysis/noise/noise";
import { measureSensitivity } from "./analysis/noise/sensitivity";
import { modelInput, type Dataset, type ModelInput } from "./data/dataset";
import type { CalibrationSettings } from "./data/settings";
import { hasScalePerChannel, weightsWideEnough } from "./activations/integer-bias";
import type { Layer } from "./graph/layer";
import { modelFacts } from "./model-facts";
import { powerOfTwoCodes } from "./power-of-two-codes";
import { withModel, type PreparedModel } from "./prepare";
import type { ResultCache } from "./noise-cache";
import type { Recipe } from "./recipe";
import type { Runtime } from "./runtime";
import type { QuantizedWeights } from "./schemes/scheme";
import { correctBiases, type BiasCorrectionMethod, type BiasCorrectionRecord } from "./transforms/bias-correction";
import { planWithChannelBounds } from "./transforms/plan-with-channel-bounds";
import { transformNetwork, type TransformedModel } from "./transforms/transform";
import { transformReport } from "./transforms/transform-report";

/** Data that can tell whether they are the same as before. */
export interface DigestibleDataset extends Dataset {
  /** Over the bytes of all samples and labels. */
  digest(): Promise<string>;
}

/** What measuring takes from its caller. */
export interface Measuring {
  /** Loads the inference runtime. */
  readonly runtime: () => Promise<Runtime>;
  /** Opens calibration data; whoever measures closes them. */
  readonly openDataset: (
    settings: CalibrationSettings,
    inputs: readonly ModelInput[],
    classes: number | null,
  ) => Promise<DigestibleDataset>;
  /** Where figures are kept between runs; undefined measures every time. */
  readonly cache?: ResultCache;
  /** Measure what each layer alone costs the model's output, too. */
  readonly sensitivity: boolean;
}

/** Called, and waited for, with a step's name and the share of it that is done. */
type StepProgress = (step: string, share: number) => void | Promise<void>;

/** A model with the ranges that its values take. */
export interface CalibratedModel {
  /** After the transforms that the recipe asks for. */
  readonly prepared: PreparedModel;
  /** What they did; null where none was asked for. */
  readonly transforms: Transforms | null;
  readonly runtime: Runtime;
  readonly dataset: DigestibleDataset;
  readonly plan: ActivationPlan;
  /** What the recipe asks for. */
  readonly activations: Recipe["activations"];
  /** In the order of the plan's groups; empty where activations stay float. */
  readonly parameters: readonly ActivationParameters[];
  readonly calibration: Calibration;
}

export interface NoiseFigures {
  readonly layers: ReadonlyMap<string, LayerNoise>;
  readonly model: ModelNoise;
}

/**
 * Opens the recipe's calibration data, hands the calibrated model to `work`, and closes the data whatever happens.
 * @param floatLayers names of the layers that stay float
 * @throws BitwrightError data-*, runtime-missing, runtime-failed, not-available without `measuring`
 */
export async function withCalibration<T>(
  prepared: PreparedModel,
  recipe: Recipe,
  floatLayers: ReadonlySet<string>,
  measuring: Measuring | undefined,
  progress: StepProgress,
  work: (calibrated: CalibratedModel) => Promise<T>,
): Promise<T> {
  if (recipe.calibration === undefined) {
    throw new BitwrightError(
      "data-missing",
      `${whatNeedsData(recipe)} calibration data`,
      "Name them: --data FILE, or calibration.data in a recipe",
      {
        field: "calibration",
      },
    );
  }
  if (measuring === undefined) {
    throw new BitwrightError("not-available", "activations cannot be measured here", "Use the command line or VS Code");
  }
  const { inputs, outputs } = modelFacts(prepared.original, 0);
  const classes = outputs.length === 1 ? outputs[0].shape?.at(-1) : undefined;
  const dataset = await measuring.openDataset(
    recipe.calibration,
    inputs.map(modelInput),
    typeof classes === "number" ? classes : null,
  );
  try {
    const runtime = await measuring.runtime();
    const done = await transform(prepared, recipe, runtime, dataset, progress);
    const transformed = done === null ? prepared : withModel(prepared, done.model);
    const { model, layers } = transformed;
    const { activations } = recipe;
    const options = planOptions(activations, floatLayers);
    const plan = planWithChannelBounds(model, planActivations(model, layers, options));
    const calibration = await calibrate(model, plan, runtime, dataset, control("Calibrating", progress));
    const parameters = parametersFor(activations, plan, calibration);
    const transforms = done && transformReport(prepared.layers, done, calibration);
    const calibrated = { plan, activations, parameters, calibration };
    return await work({ prepared: transformed, transforms, runtime, dataset, ...calibrated });
  } finally {
    await dataset.close();
  }
}

/** Dead channels and equalization, as far as the recipe asks for them; null where it asks for neither. */
async function transform(
  prepared: PreparedModel,
  recipe: Recipe,
  runtime: Runtime,
  dataset: Dataset,
  progress: StepProgress,
): Promise<TransformedModel | null> {
  const { equalize, equalizeMax, relu6, deadChannels = equalize === "none" ? "keep" : "fold" } = recipe;
  if (equalize === "none" && deadChannels === "keep") return null;
  const equalization = equalize === "none" ? null : { method: equalize, maxScale: equalizeMax, clip: relu6 };
  const options = { equalization, deadChannels, powerOfTwo: powerOfTwoCodes(recipe, prepared.layers) };
  const step = control("Equalizing", progress);
  return transformNetwork(prepared.model, options, runtime, dataset, step);
}

/**
 * Biases that take back the shift that the quantized weights make.
 * @param weights codes by layer name
 * @returns the model with the new biases, which belong to the quantized weights alone
 */
export async function correctedBiases(
  calibrated: CalibratedModel,
  weights: ReadonlyMap<string, QuantizedWeights>,
  method: BiasCorrectionMethod,
  progress: StepProgress,
): Promise<{ readonly corrected: PreparedModel; readonly record: BiasCorrectionRecord }> {
  const { prepared, runtime, dataset } = calibrated;
  const step = control("Correcting biases", progress);
  const { network, record } = await correctBiases(networkOf(calibrated, weights), method, runtime, dataset, step);
  return { corrected: withModel(prepared, network.model), record };
}

/**
 * The weights of a layer with scales so large that its biases fit into int32 at input scale times weight scale.
 * @throws BitwrightError tensor-type, where the scheme's codes are bound to their scale
 */
export function withRoomForBias(
  calibrated: CalibratedModel,
  layer: Layer,
  quantized: QuantizedWeights,
): QuantizedWeights {
  const network = networkOf(calibrated, new Map());
  const input = parametersOf(network, layerInput(network, layer));
  if (input === undefined || !hasScalePerChannel(quantized)) return quantized;
  return weightsWideEnough(layer, quantized, input.scale) ?? quantized;
}

/**
 * Isolated, cumulative and predicted noise of every layer, the model's own loss, and sensitivities where asked for.
 * @param weights codes by layer name
 * @param corrected the model with the biases that the quantized network has, where they were corrected; the noise of single
 *   layers is that before the correction
 */
export async function measureNoise(
  calibrated: CalibratedModel,
  weights: ReadonlyMap<string, QuantizedWeights>,
  corrected: PreparedModel | null,
  sensitivity: boolean,
  progress: StepProgress,
): Promise<NoiseFigures> {
  const { calibration, runtime, dataset } = calibrated;
  const { shapes } = calibration;
  const { labels } = dataset;
  const network = networkOf(calibrated, weights);
  const isolated = await measureIsolated(
    network,
    shapes,
    runtime,
    dataset,
    control("Noise of single layers", progress),
  );
  const cumulative = await cumulativeNoise(calibrated, network, corrected, progress);
  const sensitivities = sensitivity
    ? await measureSensitivity(network, shapes, runtime, dataset, labels, control("Sensitivity", progress))
    : new Map<string, LayerSensitivity>();
  return {
    layers: layerNoise(network, calibration, isolated, cumulative, sensitivities),
    model: modelNoise(cumulative, labels !== null),
  };
}

/**
 * What the model loses as a whole, without the noise of its layers.
 * @param weights codes by layer name
 * @param corrected as for `measureNoise`
 */
export async function measureModel(
  calibrated: CalibratedModel,
  weights: ReadonlyMap<string, QuantizedWeights>,
  corrected: PreparedModel | null,
  progress: StepProgress,
): Promise<ModelNoise> {
  const cumulative = await cumulativeNoise(calibrated, networkOf(calibrated, weights), corrected, progress);
  return modelNoise(cumulative, calibrated.dataset.labels !== null);
}

function cumulativeNoise(
  { calibration, runtime, dataset }: CalibratedModel,
  network: QuantizedNetwork,
  corrected: PreparedModel | null,
  progress: StepProgress,
): Promise<CumulativeNoise> {
  const whole = corrected === null ? network : { ...network, model: corrected.model, layers: corrected.layers };
  const step = control("Noise of the network", progress);
  return measureCumulative(whole, calibration.shapes, runtime, dataset, dataset.labels, step, network.model);
}

function whatNeedsData({ activations, equalize, deadChannels, biasCorrection }: Recipe): string {
  if (equalize !== "none") return "equalization needs";
  if (biasCorrection !== "none") return "bias correction needs";
  return deadChannels === "fold" && activations === undefined
    ? "folding dead channels needs"
    : "ranges of activations need";
}

/** What a reader should know of the data and of what they did not reach. */
export function measurementNotes(calibrated: CalibratedModel): string[] {
  const { dataset, plan, calibration, transforms } = calibrated;
  return [
    ...(dataset.random
      ? [
          "All figures over activations were made with random numbers, not with data: they say nothing of the model in use.",
        ]
      : []),
    ...dataset.notes,
    ...(transforms === null ? [] : transformNotes(transforms)),
    ...calibration.neverExcited.map((name) => `Layer ${name} puts out 0 for every sample: its range is unknown.`),
    ...plan.left.map(({ value, reason }) => `${value} stays float: ${reason}`),
    ...ceilNotes(calibrated),
  ];
}

/** A_b (`ceil`) has codes for 0 to 2^b − 1 alone, which suits what follows Relu on normalized data. */
function ceilNotes({ activations, parameters }: CalibratedModel): string[] {
  if (activations?.scheme !== "ceil") return [];
  const ceil = parameters.filter(({ scheme }) => scheme === "ceil");
  const others = parameters.filter(({ scheme }) => scheme !== "ceil");
  const cut = ceil.filter(({ rangeMax, codeMax }) => rangeMax > codeMax);
  return [
    ...(others.length === 0
      ? []
      : [
          `Activations in ceil codes cannot be negative: of ${parameters.length} ranges ${others.length}, which no activation function bounds at 0 or which are averages, have affine codes of ${others[0].bits} bits.`,
        ]),
    ...(cut.length === 0
      ? []
      : [
          `Activations in ceil codes lie between 0 and ${cut[0].codeMax}: of ${ceil.length} ranges ${cut.length} reach beyond, and what lies there is cut off. Other schemes keep it.`,
        ]),
  ];
}

function transformNotes({ equalization, deadChannels, relativeDifference }: Transforms): string[] {
  const zeroed = deadChannels.layers.reduce((sum, { zeroed: channels }) => sum + channels.length, 0);
  return [
    ...(zeroed > 0
      ? [`Channels that never change on the calibration data, folded into zero weights and biases: ${zeroed}.`]
      : []),
    ...(equalization?.left.map(({ layer, reason }) => `Layer ${layer} is not equalized: ${reason}`) ?? []),
    `The transformed model's outputs differ from the original's by ${relativeDifference.toPrecision(2)} (relative).`,
  ];
}

function networkOf(
  { prepared, plan, parameters }: CalibratedModel,
  weights: ReadonlyMap<string, QuantizedWeights>,
): QuantizedNetwork {
  return { model: prepared.model, layers: prepared.layers, plan, parameters, weights };
}

function parametersFor(
  activations: Recipe["activations"],
  plan: ActivationPlan,
  { groups }: Calibration,
): ActivationParameters[] {
  if (activations === undefined) return [];
  const { range: rule, percentile, ranges = {} } = activations;
  return groups.map((group, index) => {
    const planned = plan.groups[index];
    const settings = groupSettings(activations, planned);
    const named = planned.values.find((value) => Object.hasOwn(ranges, value));
    const given = named === undefined ? undefined : ranges[named];
    if (given !== undefined) return activationParameters(settings, Math.min(...given), Math.max(...given));
    const range = chooseRange(group, { rule, ...(percentile === undefined ? {} : { percentile }) }, settings);
    return activationParameters(settings, range.min, range.max);
  });
}

function control(step: string, progress: StepProgress): RunControl {
  return { progress: (done, count) => progress(`${step}: ${done} of ${count} samples`, done / count) };
}
