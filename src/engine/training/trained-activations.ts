/** Activations in the loop: rounded by nodes of the graph, with ranges that follow what the steps see. */
import { calibrate } from "../activations/calibrate";
import { groupSettings, type ActivationSettings } from "../activations/parameters";
import { planActivations, planOptions, type ActivationPlan } from "../activations/plan";
import { findLayers } from "../graph/layers";
import type { Layer } from "../graph/layer";
import type { OnnxModel } from "../onnx/model";
import type { ActivationChoice, LayerChoice } from "../recipe";
import type { Runtime } from "../runtime";
import { planWithChannelBounds } from "../transforms/plan-with-channel-bounds";
import { ActivationRanges } from "./activation-ranges";
import { withActivationQuantizers, type QuantizedGroup } from "./activation-quantizers";
import { spreadSamples, type SampleSource } from "./samples";

/** Samples that show what a network does before it is trained. */
export const STARTING_SAMPLES = 256;

/** Ranges that follow, by group of the plan. */
export interface TrainedActivations {
  readonly ranges: ActivationRanges;
  readonly groups: readonly QuantizedGroup[];
  /** Values of every group. */
  readonly values: readonly (readonly string[])[];
  /** Index of the group of every value that gets codes. */
  readonly groupOf: ReadonlyMap<string, number>;
}

/** What codes the values of a model begin with. */
export interface StartingActivations {
  readonly plan: ActivationPlan;
  /** In the order of the plan's groups. */
  readonly settings: readonly ActivationSettings[];
  readonly ranges: ActivationRanges;
}

/**
 * Plans the activations of a model and calibrates their ranges.
 * @param choose says which layers stay float: their activations do so, too
 * @param samples some of them show where ranges begin
 */
export async function startingActivations(
  model: OnnxModel,
  activations: ActivationChoice,
  choose: (layer: Layer) => LayerChoice,
  runtime: Runtime,
  samples: SampleSource,
): Promise<StartingActivations> {
  const { layers } = findLayers(model);
  const floatLayers = new Set(layers.filter((layer) => choose(layer).keep === "float").map(({ name }) => name));
  const options = planOptions(activations, floatLayers);
  const plan = planWithChannelBounds(model, planActivations(model, layers, options));
  const settings = plan.groups.map((group) => groupSettings(activations, group));
  const calibration = await calibrate(model, plan, runtime, spreadSamples(samples, STARTING_SAMPLES));
  const { range: rule, percentile } = activations;
  const ranges = new ActivationRanges(calibration, settings, {
    rule,
    ...(percentile === undefined ? {} : { percentile }),
  });
  return { plan, settings, ranges };
}

/** Puts quantizers of activations into a model, as startingActivations plans and calibrates them. */
export async function quantizeActivations(
  model: OnnxModel,
  activations: ActivationChoice | null,
  choose: (layer: Layer) => LayerChoice,
  runtime: Runtime,
  samples: SampleSource,
): Promise<{
  readonly quantized: OnnxModel;
  readonly activations: TrainedActivations | null;
}> {
  if (activations === null) return { quantized: model, activations: null };
  const { plan, settings, ranges } = await startingActivations(model, activations, choose, runtime, samples);
  const { model: quantized, groups } = withActivationQuantizers(model, plan, settings);
  const values = plan.groups.map((group) => group.values);
  return { quantized, activations: { ranges, groups, values, groupOf: plan.groupOf } };
}
