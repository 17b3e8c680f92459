/** From a model to the network that is trained: quantizers put in, differentiated, its sessions opened. */
import { hasScalePerChannel } from "../activations/integer-bias";
import { layerInput } from "../emit/qdq/layer-edit";
import { toOnnxOrder } from "../graph/layout";
import type { Layer } from "../graph/layer";
import type { OnnxModel } from "../onnx/model";
import { upgradeOpset } from "../onnx/upgrade/upgrade";
import type { PreparedModel } from "../prepare";
import type { Recipe, LayerChoice } from "../recipe";
import type { Runtime } from "../runtime";
import { decode } from "../schemes/decode";
import { ModelRewriter } from "../transforms/layer-edits";
import { differentiate, type TrainingGraph } from "./differentiate";
import {
  fedConstant,
  namesOf,
  normalizationConstants,
  receivedGradients,
  receivedStatistics,
  type FedConstant,
} from "./fed-values";
import { withNormalizations, type FoldableNormalization, type NormalizationNames } from "./foldable-normalizations";
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
  const { model, weights, frozen, changedBiases, weightConstants } = withFedLayers(prepared, options);
  const normalizations = options.batchStatistics ? normalizationsOf(model) : NO_NORMALIZATIONS;
  const { quantized, activations } = await quantizeActivations(
    model,
    options.activations,
    options.choose,
    runtime,
    samples,
  );
  const constants = [
    ...weightConstants,
    ...normalizations.parameters.map(({ name, values, received }) => fedConstant(name, values, received)),
  ];
  const biases = changedBiases.flatMap((bias) => {
    const trained = trainedBias(bias, activations);
    if (trained !== null) {
      const gradients = trained.isTrained ? trained.gradients : null;
      constants.push(fedConstant(bias.name, trained.fed, gradients, bias.dims));
    }
    return trained ?? [];
  });
  const observed = activations?.groups.flatMap(({ least, largest }) => [...least, ...largest]) ?? [];
  const graphs = differentiated(quantized, constants, observed, options);
  const statistics = normalizations.statistics.map(({ name, values }) => fedConstant(name, values, null));
  const parts = {
    graph: graphs.step,
    evaluationGraph: graphs.evaluation,
    weights,
    frozen,
    biases,
    activations,
    normalizations,
    foldable: options.foldable,
    constants: [...constants, ...statistics],
    stepConstants: graphs.stepConstants,
    received: [
      ...receivedGradients([...constants, ...graphs.stepConstants], graphs.step),
      ...receivedStatistics(normalizations, graphs.foldable, graphs.step),
    ],
  };
  return TrainingNetwork.open(parts, runtime);
}

/** A model whose layers compute with constants that are fed. */
interface FedLayers {
  readonly model: OnnxModel;
  readonly weights: readonly TrainedWeights[];
  /** Layers whose weights are not trained. */
  readonly frozen: readonly TiedLayers[];
  readonly changedBiases: readonly ChangedBias[];
  readonly weightConstants: readonly FedConstant[];
}

/** Puts what codes stand for in the place of weights, and constants of their own in that of biases which change. */
function withFedLayers(prepared: PreparedModel, options: NetworkOptions): FedLayers {
  const model = upgradeOpset(prepared.model, OPSET);
  const rewriter = new ModelRewriter(model);
  const tied = tiedLayers(prepared.layers, options.choose);
  const isTrained = ({ layers }: TiedLayers): boolean => layers.some(options.trainsWeights);
  const memory = memoryFor(tied.filter(isTrained));
  const normalizationOf = new Map(options.foldable.map((normalization) => [normalization.layer.name, normalization]));
  const weights: TrainedWeights[] = [];
  const frozen: TiedLayers[] = [];
  const changedBiases: ChangedBias[] = [];
  const weightConstants: FedConstant[] = [];
  for (const group of tied) {
    const normalization = normalizationOf.get(group.layers[0].name) ?? null;
    const trained = isTrained(group) ? new TrainedWeights(group, options.quantizers, memory, normalization) : null;
    trained?.forward(false);
    const codes = trained === null ? frozenCodes(group) : trained.codes();
    const values = trained?.fed ?? (codes === null ? undefined : toOnnxOrder(decode(codes), group.layers[0].layout));
    const weightScales = codes === null || !hasScalePerChannel(codes) ? null : () => trained?.scales() ?? codes.scales;
    const floatForward = trained?.quantizer?.floatForward ?? false;
    if (trained === null) frozen.push(group);
    else weights.push(trained);
    for (const [index, layer] of group.layers.entries()) {
      const isBiasTrained = options.trainsBias(layer) && normalization === null;
      const followsScales = options.activations !== null && weightScales !== null;
      const added = normalization === null ? undefined : new Float32Array(layer.layout.channels);
      const changes = isBiasTrained || followsScales || normalization !== null;
      const bias = changes ? (layer.bias ?? added) : undefined;
      const names = rewriter.change({ layer, weights: values, bias });
      if (index === 0 && trained !== null && names.weights !== undefined) {
        const { fed, fedGradients } = trained;
        weightConstants.push(fedConstant(names.weights, fed, fedGradients, layer.weight.dims));
      }
      if (names.bias === undefined) continue;
      changedBiases.push({
        layer,
        name: names.bias,
        dims: rewriter.dimsOf(names.bias),
        isTrained: isBiasTrained,
        input: layerInput(layer, model.graph.node[layer.nodeIndex]),
        weightScales,
        floatForward,
        normalization,
      });
    }
  }
  return { model: rewriter.finish(), weights, frozen, changedBiases, weightConstants };
}

interface DifferentiatedNetwork {
  readonly step: TrainingGraph;
  readonly evaluation: TrainingGraph;
  /** Of normalizations of steps alone. */
  readonly stepConstants: readonly FedConstant[];
  readonly foldable: readonly (readonly [FoldableNormalization, NormalizationNames])[];
}

/** @param observed values that steps put out */
function differentiated(
  quantized: OnnxModel,
  constants: readonly FedConstant[],
  observed: readonly string[],
  { loss, foldable: normalizations, batchStatistics }: NetworkOptions,
): DifferentiatedNetwork {
  const { model, names } = withNormalizations(quantized, normalizations);
  const foldable = normalizations.map((normalization, i) => [normalization, names[i]] as const);
  const stepConstants = foldable.flatMap((pair) => normalizationConstants(...pair));
  const ofSteps = new Set(names.map(({ node }) => node.output[0]));
  const shared = { loss, dropout: true } as const;
  const step = differentiate(model, {
    ...shared,
    trainable: [...namesOf(constants, true), ...namesOf(stepConstants, true)],
    changing: namesOf(constants, false),
    observed,
    batchStatistics: ({ output }) => batchStatistics || ofSteps.has(output[0]),
  });
  const changing = constants.map(({ feed: [name] }) => name);
  const evaluation = foldable.length === 0 ? step : differentiate(quantized, { ...shared, trainable: [], changing });
  return { step, evaluation, stepConstants, foldable };
}
