/** Activations in the loop: rounded by nodes of the graph, with ranges that follow what the steps see. */
import { calibrate } from "../activations/calibrate";
import { planActivations } from "../activations/plan";
import { findLayers } from "../graph/layers";
import type { Layer } from "../graph/layer";
import type { OnnxModel } from "../onnx/model";
import type { LayerChoice, Recipe } from "../recipe";
import type { Runtime } from "../runtime";
import { planWithChannelBounds } from "../transforms/plan-with-channel-bounds";
import { ActivationRanges } from "./activation-ranges";
import { withActivationQuantizers, type QuantizedGroup } from "./activation-quantizers";
import type { SampleSource } from "./samples";

/** Samples that show where the ranges of activations begin. */
const CALIBRATION_SAMPLES = 256;

/** Ranges that follow, by group of the plan. */
export interface TrainedActivations {
  readonly ranges: ActivationRanges;
  readonly groups: readonly QuantizedGroup[];
  /** Values of every group. */
  readonly values: readonly (readonly string[])[];
  /** Index of the group of every value that gets codes. */
  readonly groupOf: ReadonlyMap<string, number>;
}

/**
 * Puts quantizers of activations into a model.
 * @param choose says which layers stay float: their activations do so, too
 * @param samples show where ranges begin
 * @returns the model, and by the name of each rounded value the one that stands in its place
 */
export async function quantizeActivations(
  model: OnnxModel,
  activations: NonNullable<Recipe["activations"]> | null,
  choose: (layer: Layer) => LayerChoice,
  runtime: Runtime,
  samples: SampleSource,
): Promise<{
  readonly quantized: OnnxModel;
  readonly activations: TrainedActivations | null;
  readonly rounded: ReadonlyMap<string, string>;
}> {
  if (activations === null) return { quantized: model, activations: null, rounded: new Map() };
  const { layers } = findLayers(model);
  const floatLayers = new Set(layers.filter((layer) => choose(layer).keep === "float").map(({ name }) => name));
  const floatOutputs = activations.outputs === "float";
  const plan = planWithChannelBounds(
    model,
    planActivations(model, layers, { concat: activations.concat, floatLayers, floatOutputs }),
  );
  const unit = samples.fixedBatch ?? 1;
  const count = Math.min(samples.count, Math.max(unit, CALIBRATION_SAMPLES - (CALIBRATION_SAMPLES % unit)));
  const { fixedBatch } = samples;
  const few = { count, fixedBatch, read: (start: number, length: number) => samples.read(start, length) };
  const calibration = await calibrate(model, plan, runtime, few);
  const { range: rule, percentile } = activations;
  const ranges = new ActivationRanges(calibration, activations, {
    rule,
    ...(percentile === undefined ? {} : { percentile }),
  });
  const { model: quantized, groups, rounded } = withActivationQuantizers(model, plan, activations);
  const values = plan.groups.map((group) => group.values);
  return { quantized, activations: { ranges, groups, values, groupOf: plan.groupOf }, rounded };
}
