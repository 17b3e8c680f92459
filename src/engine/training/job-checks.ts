/** What a run refuses before it begins. */
import type { Layer } from "../graph/layer";
import { isOperator } from "../onnx/model";
import type { PreparedModel } from "../prepare";
import { nonFinite, nonFiniteError } from "../quantize-layers";
import { checkLayerRules, choiceFor, type Recipe } from "../recipe";
import { BitwrightError } from "../../protocol/errors";
import type { TrainingSettings } from "./settings";

/**
 * @param batchStatistics of the model's own batch normalizations
 * @throws BitwrightError recipe-invalid, layer-unknown, weight-not-finite
 */
export function checkJob(
  recipe: Recipe,
  settings: TrainingSettings,
  prepared: PreparedModel,
  batchStatistics: boolean,
): void {
  refuseTransforms(recipe);
  checkLayerRules(recipe, prepared.layers);
  refuseSharingWithoutMixture(settings, recipe, prepared);
  refuseNonFinite(prepared);
  if (batchStatistics) refuseWithoutNormalizations(prepared);
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

function refuseWithoutNormalizations({ model }: PreparedModel): void {
  if (model.graph.node.some((node) => isOperator(node, "BatchNormalization"))) return;
  throw new BitwrightError(
    "recipe-invalid",
    "statistics of the batch have nothing to follow: the network is trained in float and has no batch normalization",
    "Remove batchNormalization, or give layers codes",
    { field: "batchNormalization" },
  );
}

/**
 * A batch of one has no statistics.
 * @throws BitwrightError recipe-invalid
 */
export function refuseSingleSamples(batch: number): void {
  if (batch > 1) return;
  throw new BitwrightError(
    "recipe-invalid",
    "statistics of the batch need more than one sample a step",
    "Give a larger batch, or export the model with an open one",
    { field: "batch" },
  );
}
