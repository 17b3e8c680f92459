/** From a model to the network that is trained: quantizers put in, differentiated, its sessions opened. */
import { hasScalePerChannel } from "../activations/integer-bias";
import { layerInput } from "../emit/qdq/layer-edit";
import { toOnnxOrder } from "../graph/layout";
import type { Layer } from "../graph/layer";
import { upgradeOpset } from "../onnx/upgrade/upgrade";
import type { PreparedModel } from "../prepare";
import type { Recipe, LayerChoice } from "../recipe";
import type { Runtime } from "../runtime";
import { decode } from "../schemes/decode";
import { ModelRewriter } from "../transforms/layer-edits";
import { differentiate } from "./differentiate";
import {
  fedConstant,
  namesOf,
  normalizationConstants,
  receivedGradients,
  receivedStatistics,
  type FedConstant,
} from "./fed-values";
import { withNormalizations, type FoldableNormalization } from "./foldable-normalizations";
import type { LossName } from "./losses";
import { TrainingNetwork } from "./network";
import { NO_NORMALIZATIONS, normalizationsOf } from "./normalizations";
import type { QuantizerOptions } from "./quantizers/registry";
import type { SampleSource } from "./samples";
import { frozenCodes, tiedLayers, type TiedLayers } from "./tied-layers";
import { quantizeActivations } from "./trained-activations";
import { trainedBias, type ChangedBias } from "./trained-bias";
import { memoryFor, TrainedWeights } from "./trained-weights";

/** Lowest operator set in which bounds of Clip are inputs. */
const OPSET = 13;

export interface NetworkOptions {
  readonly loss: LossName;
  readonly quantizers: QuantizerOptions;
  /** Null leaves activations in float. */
  readonly activations: NonNullable<Recipe["activations"]> | null;
  readonly choose: (layer: Layer) => LayerChoice;
  /** The model's own batch normalizations use statistics of the batch, and are trained; else they are constants like others. */
  readonly batchStatistics: boolean;
  /** Batch normalizations of steps alone. */
  readonly foldable: readonly FoldableNormalization[];
  readonly trainsWeights: (layer: Layer) => boolean;
  readonly trainsBias: (layer: Layer) => boolean;
}

/**
 * @param samples show where the ranges of activations begin
 * @throws BitwrightError operator-unsupported, not-available and tensor-type as `differentiate`; runtime-failed
 */
export async function openNetwork(
  prepared: PreparedModel,
  options: NetworkOptions,
  runtime: Runtime,
  samples: SampleSource,
): Promise<TrainingNetwork> {
  const model = upgradeOpset(prepared.model, OPSET);
  const rewriter = new ModelRewriter(model);
  const tied = tiedLayers(prepared.layers, options.choose);
  const isTrained = ({ layers }: TiedLayers): boolean => layers.some(options.trainsWeights);
  const memory = memoryFor(tied.filter(isTrained));
  const weights: TrainedWeights[] = [];
  const frozen: TiedLayers[] = [];
  const changedBiases: ChangedBias[] = [];
  const constants: FedConstant[] = [];
  const normalizationOf = new Map(options.foldable.map((normalization) => [normalization.layer.name, normalization]));
  for (const group of tied) {
    const normalization = normalizationOf.get(group.layers[0].name) ?? null;
    const trained = isTrained(group) ? new TrainedWeights(group, options.quantizers, memory, normalization) : null;
    trained?.forward(false);
    const codes = trained === null ? frozenCodes(group) : trained.codes();
    const values = trained?.fed ?? (codes === null ? undefined : toOnnxOrder(decode(codes), group.layers[0].layout));
    const weightScales = codes === null || !hasScalePerChannel(codes) ? null : () => trained?.scales() ?? codes.scales;
    if (trained === null) frozen.push(group);
    else weights.push(trained);
    for (const [index, layer] of group.layers.entries()) {
      const isBiasTrained = options.trainsBias(layer) && normalization === null;
      const follows = options.activations !== null && weightScales !== null;
      const bias =
        normalization !== null
          ? (layer.bias ?? new Float32Array(layer.layout.channels))
          : isBiasTrained || follows
            ? layer.bias
            : null;
      const names = rewriter.change({ layer, weights: values, bias: bias ?? undefined });
      if (index === 0 && trained !== null && names.weights !== undefined) {
        const { fed, fedGradients } = trained;
        constants.push(fedConstant(names.weights, fed, fedGradients, layer.weight.dims));
      }
      if (bias !== null && names.bias !== undefined) {
        const input = layerInput(layer, model.graph.node[layer.nodeIndex]);
        const floatForward = trained?.quantizer?.floatForward ?? false;
        const dims = rewriter.dimsOf(names.bias);
        changedBiases.push({
          layer,
          name: names.bias,
          dims,
          isTrained: isBiasTrained,
          input,
          weightScales,
          floatForward,
          normalization,
        });
      }
    }
  }
  const changed = rewriter.finish();
  const { batchStatistics } = options;
  const normalizations = batchStatistics ? normalizationsOf(changed) : NO_NORMALIZATIONS;
  for (const { name, values, received } of normalizations.parameters)
    constants.push(fedConstant(name, values, received));
  const { quantized, activations } = await quantizeActivations(
    changed,
    options.activations,
    options.choose,
    runtime,
    samples,
  );
  const biases = changedBiases.flatMap((bias) => {
    const trained = trainedBias(bias, activations);
    if (trained !== null) {
      const gradients = trained.isTrained ? trained.gradients : null;
      constants.push(fedConstant(bias.name, trained.fed, gradients, bias.dims));
    }
    return trained ?? [];
  });
  const observed = activations?.groups.flatMap(({ least, largest }) => [...least, ...largest]) ?? [];
  const normalized = withNormalizations(quantized, options.foldable);
  const foldable = options.foldable.map((normalization, i) => [normalization, normalized.names[i]] as const);
  const stepConstants = foldable.flatMap(([normalization, names]) => normalizationConstants(normalization, names));
  const ofSteps = new Set(normalized.names.map(({ node }) => node.output[0]));
  const shared = { loss: options.loss, dropout: true } as const;
  const graph = differentiate(normalized.model, {
    ...shared,
    trainable: [...namesOf(constants, true), ...namesOf(stepConstants, true)],
    changing: namesOf(constants, false),
    observed,
    batchStatistics: ({ output }) => batchStatistics || ofSteps.has(output[0]),
  });
  const fed = constants.map(({ feed: [name] }) => name);
  const evaluationGraph =
    foldable.length === 0 ? graph : differentiate(quantized, { ...shared, trainable: [], changing: fed });
  const statistics = normalizations.statistics.map(({ name, values }) => fedConstant(name, values, null));
  const parts = {
    graph,
    evaluationGraph,
    weights,
    frozen,
    biases,
    activations,
    normalizations,
    foldable: options.foldable,
    constants: [...constants, ...statistics],
    stepConstants,
    received: [
      ...receivedGradients([...constants, ...stepConstants], graph),
      ...receivedStatistics(normalizations, foldable, graph),
    ],
  };
  return TrainingNetwork.open(parts, runtime);
}
