/** Where training with few bits begins: with biases that take back what the codes shift. */
import { planActivations } from "../activations/plan";
import { toChannelMajor } from "../graph/layout";
import type { Layer } from "../graph/layer";
import { withModel, type PreparedModel } from "../prepare";
import type { ActivationChoice, LayerChoice } from "../recipe";
import type { Runtime } from "../runtime";
import { fitScheme } from "../schemes/registry";
import { correctBiases, type BiasCorrectionMethod } from "../transforms/bias-correction";
import { spreadSamples, type SampleSource } from "./samples";
import { startingActivations, STARTING_SAMPLES } from "./trained-activations";

/**
 * The model with the biases that its codes need; as it is where nothing gets codes. Steps of an optimizer take long to move a
 * bias by whole units, and layers whose inputs are shifted that far learn nothing meanwhile.
 * @param activations null leaves activations in float
 * @param samples some of them show the shift
 * @throws BitwrightError as correctBiases
 */
export async function correctedStart(
  prepared: PreparedModel,
  choose: (layer: Layer) => LayerChoice,
  activations: ActivationChoice | null,
  method: BiasCorrectionMethod,
  runtime: Runtime,
  samples: SampleSource,
): Promise<PreparedModel> {
  const { model, layers } = prepared;
  const weights = new Map(
    layers.flatMap((layer) => {
      const choice = choose(layer);
      if (choice.keep === "float") return [];
      const { values } = layer.weight;
      return [[layer.name, fitScheme(toChannelMajor(values, layer.layout), choice.settings)] as const];
    }),
  );
  if (weights.size === 0 && activations === null) return prepared;
  const started = activations === null ? null : await startingActivations(model, activations, choose, runtime, samples);
  const plan = started?.plan ?? planActivations(model, layers);
  const parameters = started === null ? [] : plan.groups.map((_, group) => started.ranges.parameters(group));
  const network = { model, layers, plan, parameters, weights };
  const { network: corrected } = await correctBiases(
    network,
    method,
    runtime,
    spreadSamples(samples, STARTING_SAMPLES),
  );
  return withModel(prepared, corrected.model);
}
