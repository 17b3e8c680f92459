/** Measuring on calibration data: ranges of activations first, then what quantization costs every layer and the model. */
import { BitwrightError } from "../protocol/errors";
import type { LayerNoise, LayerSensitivity, ModelNoise } from "../protocol/noise";
import { calibrate, type Calibration } from "./activations/calibrate";
import { activationParameters, type ActivationParameters } from "./activations/parameters";
import { planActivations, type ActivationPlan } from "./activations/plan";
import { chooseRange } from "./activations/ranges";
import type { RunControl } from "./activations/run";
import { measureCumulative } from "./analysis/noise/cumulative";
import { measureIsolated } from "./analysis/noise/isolated";
import { layerInput, parametersOf, type QuantizedNetwork } from "./analysis/noise/network";
import { layerNoise, modelNoise } from "./analysis/noise/noise";
import { measureSensitivity } from "./analysis/noise/sensitivity";
import { modelInput, type Dataset, type ModelInput } from "./data/dataset";
import type { CalibrationSettings } from "./data/settings";
import { hasScalePerChannel, weightsWideEnough } from "./emit/qdq/bias";
import type { Layer } from "./graph/layer";
import { modelFacts } from "./model-facts";
import type { PreparedModel } from "./prepare";
import type { Recipe } from "./recipe";
import type { Runtime } from "./runtime";
import type { QuantizedWeights } from "./schemes/scheme";

/** What measuring takes from its caller. */
export interface Measuring {
  /** Loads the inference runtime. */
  readonly runtime: () => Promise<Runtime>;
  /** Opens calibration data; whoever measures closes them. */
  readonly openDataset: (
    settings: CalibrationSettings,
    inputs: readonly ModelInput[],
    classes: number | null,
  ) => Promise<Dataset>;
  /** Measure what each layer alone costs the model's output, too. */
  readonly sensitivity: boolean;
}

/** Called, and waited for, with a step's name and the share of it that is done. */
type StepProgress = (step: string, share: number) => void | Promise<void>;

/** A model with the ranges that its values take. */
export interface CalibratedModel {
  readonly prepared: PreparedModel;
  readonly runtime: Runtime;
  readonly dataset: Dataset;
  readonly plan: ActivationPlan;
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
    throw new BitwrightError("data-missing", "ranges of activations need calibration data", "Name them", {
      field: "calibration",
    });
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
    const { model, layers } = prepared;
    const plan = planActivations(model, layers, { concat: recipe.activations?.concat ?? false, floatLayers });
    const calibration = await calibrate(model, plan, runtime, dataset, control("Calibrating", progress));
    const parameters = parametersFor(recipe.activations, calibration);
    return await work({ prepared, runtime, dataset, plan, parameters, calibration });
  } finally {
    await dataset.close();
  }
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
 */
export async function measureNoise(
  calibrated: CalibratedModel,
  weights: ReadonlyMap<string, QuantizedWeights>,
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
  const step = control("Noise of the network", progress);
  const cumulative = await measureCumulative(network, shapes, runtime, dataset, labels, step);
  const sensitivities = sensitivity
    ? await measureSensitivity(network, shapes, runtime, dataset, labels, control("Sensitivity", progress))
    : new Map<string, LayerSensitivity>();
  return {
    layers: layerNoise(network, calibration, isolated, cumulative, sensitivities),
    model: modelNoise(cumulative, labels !== null),
  };
}

/** What a reader should know of the data and of what they did not reach. */
export function measurementNotes({ dataset, plan, calibration }: CalibratedModel): string[] {
  return [
    ...(dataset.random
      ? [
          "All figures over activations were made with random numbers, not with data: they say nothing of the model in use.",
        ]
      : []),
    ...dataset.notes,
    ...calibration.neverExcited.map((name) => `Layer ${name} puts out 0 for every sample: its range is unknown.`),
    ...plan.left.map(({ value, reason }) => `${value} stays float: ${reason}`),
  ];
}

function networkOf(
  { prepared, plan, parameters }: CalibratedModel,
  weights: ReadonlyMap<string, QuantizedWeights>,
): QuantizedNetwork {
  return { model: prepared.model, layers: prepared.layers, plan, parameters, weights };
}

function parametersFor(activations: Recipe["activations"], { groups }: Calibration): ActivationParameters[] {
  if (activations === undefined) return [];
  const { range: rule, percentile } = activations;
  return groups.map((group) => {
    const range = chooseRange(group, { rule, ...(percentile === undefined ? {} : { percentile }) }, activations);
    return activationParameters(activations, range.min, range.max);
  });
}

function control(step: string, progress: StepProgress): RunControl {
  return { progress: (done, count) => progress(`${step}: ${done} of ${count} samples`, done / count) };
}
