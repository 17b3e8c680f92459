/** A model as it is trained: quantizers put in, differentiated, its sessions opened. */
import { hasScalePerChannel } from "../activations/integer-bias";
import { layerInput } from "../emit/qdq/layer-edit";
import { toOnnxOrder } from "../graph/layout";
import type { Layer } from "../graph/layer";
import { upgradeOpset } from "../onnx/upgrade/upgrade";
import type { PreparedModel } from "../prepare";
import type { Recipe, LayerChoice } from "../recipe";
import type { Runtime, RuntimeSession, RuntimeTensor, RuntimeTensors } from "../runtime";
import { decode } from "../schemes/decode";
import { fitScheme } from "../schemes/registry";
import type { QuantizedWeights } from "../schemes/scheme";
import { toChannelMajor } from "../graph/layout";
import { ModelRewriter } from "../transforms/layer-edits";
import { parameterFeeds } from "./activation-quantizers";
import { differentiate, type TrainingGraph } from "./differentiate";
import { withNormalizations, type FoldableNormalization, type NormalizationNames } from "./foldable-normalizations";
import type { LossName } from "./losses";
import { NO_NORMALIZATIONS, normalizationsOf, type Normalizations } from "./normalizations";
import type { SampleSource } from "./samples";
import { quantizeActivations, type TrainedActivations } from "./trained-activations";
import { trainedBias, type ChangedBias, type TrainedBias } from "./trained-bias";
import { memoryFor, TrainedWeights, type TiedLayers } from "./trained-weights";
import type { QuantizerOptions } from "./quantizers/registry";

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

/** A value of the graph, and the tensor that stands for it. */
type Named = [name: string, tensor: RuntimeTensor];

/** A constant that comes in at every step. */
interface FedConstant {
  readonly feed: Named;
  /** Null where it is not trained. */
  readonly gradients: Float32Array | null;
}

export class TrainingNetwork {
  /** In steps and in evaluation. */
  private readonly commonFeeds: RuntimeTensors;
  private readonly stepFeeds: RuntimeTensors;
  private readonly stepOutputs: RuntimeTensors;

  private constructor(
    readonly graph: TrainingGraph,
    /** The graph to evaluate by; `graph` itself where no normalizations differ. */
    private readonly evaluationGraph: TrainingGraph,
    /** The original's value that a teacher is asked for. */
    readonly teacherValue: string,
    readonly weights: readonly TrainedWeights[],
    /** Layers whose weights are not trained. */
    readonly frozen: readonly TiedLayers[],
    /** Those that are trained, and those whose rounding follows the scales. */
    readonly biases: readonly TrainedBias[],
    readonly activations: TrainedActivations | null,
    readonly normalizations: Normalizations,
    readonly foldable: readonly FoldableNormalization[],
    constants: readonly FedConstant[],
    stepConstants: readonly FedConstant[],
    received: readonly Named[],
    private readonly stepSession: RuntimeSession,
    private readonly evaluationSession: RuntimeSession,
  ) {
    const { statistics } = normalizations;
    this.commonFeeds = Object.fromEntries([
      ...constants.map(({ feed }) => feed),
      ...statistics.map(({ name, values }): Named => [name, tensorOf(values, [values.length])]),
    ]);
    this.stepFeeds = Object.fromEntries(stepConstants.map(({ feed }) => feed));
    const observed = activations?.groups.flatMap(({ least, largest }) => [...least, ...largest]) ?? [];
    this.stepOutputs = Object.fromEntries<RuntimeTensor>([
      ...[...constants, ...stepConstants].flatMap(({ feed: [name, { dims }], gradients }): Named[] =>
        gradients === null ? [] : [[graph.gradients.get(name)!, tensorOf(gradients, dims)]],
      ),
      ...received,
      ...statistics.map(({ name, received }): Named => {
        return [graph.statistics.get(name)!, tensorOf(received, [received.length])];
      }),
      ...[graph.loss, ...observed].map((name): Named => [
        name,
        { type: "float32", dims: [], data: new Float32Array(1) },
      ]),
      ...(graph.correct === undefined
        ? []
        : [[graph.correct, { type: "int64", dims: [], data: new BigInt64Array(1) }] satisfies Named]),
    ]);
  }

  /**
   * @param samples show where the ranges of activations begin
   * @throws BitwrightError operator-unsupported, not-available and tensor-type as `differentiate`; runtime-failed
   */
  static async open(
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
      const weightScales =
        codes === null || !hasScalePerChannel(codes) ? null : () => trained?.scales() ?? codes.scales;
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
          constants.push({ feed: [names.weights, tensorOf(fed, layer.weight.dims)], gradients: fedGradients });
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
      constants.push({ feed: [name, tensorOf(values, [values.length])], gradients: received });
    const { quantized, activations, rounded } = await quantizeActivations(
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
        constants.push({ feed: [bias.name, tensorOf(trained.fed, bias.dims)], gradients });
      }
      return trained ?? [];
    });
    const observed = activations?.groups.flatMap(({ least, largest }) => [...least, ...largest]) ?? [];
    const namesOf = (isTrained: boolean) =>
      constants.filter(({ gradients }) => (gradients !== null) === isTrained).map(({ feed: [name] }) => name);
    const normalized = withNormalizations(quantized, options.foldable);
    const stepConstants = normalized.names.flatMap((names, i) => fedNormalization(options.foldable[i], names));
    const normalizing = new Set(normalized.names.map(({ node }) => node.output[0]));
    const shared = { changing: namesOf(false), loss: options.loss, dropout: true } as const;
    const graph = differentiate(normalized.model, {
      ...shared,
      trainable: [...namesOf(true), ...normalized.names.flatMap(({ scales, shifts }) => [scales, shifts])],
      observed,
      batchStatistics: ({ output }) => batchStatistics || normalizing.has(output[0]),
    });
    const evaluationGraph =
      options.foldable.length === 0
        ? graph
        : differentiate(quantized, { ...shared, trainable: [], changing: [...namesOf(true), ...namesOf(false)] });
    const original = [...rounded].find(([, name]) => name === graph.scores)?.[0] ?? graph.scores;
    const stepSession = await runtime.createSession(graph.model);
    const evaluationSession = await runtime.createSession(evaluationGraph.evaluation);
    const network = new TrainingNetwork(
      graph,
      evaluationGraph,
      original,
      weights,
      frozen,
      biases,
      activations,
      normalizations,
      options.foldable,
      constants,
      stepConstants,
      normalized.names.flatMap((names, i) => receivedStatistics(options.foldable[i], names, graph)),
      stepSession,
      evaluationSession,
    );
    network.prepare(false);
    return network;
  }

  async close(): Promise<void> {
    await this.stepSession.release();
    await this.evaluationSession.release();
  }

  /**
   * Prepares what the network is fed: what the codes of weights and biases stand for.
   * @param training lets quantizers that train on the masters do so
   */
  prepare(training: boolean): void {
    for (const normalization of this.foldable) normalization.forward();
    for (const weights of this.weights) weights.forward(training);
    for (const bias of this.biases) bias.forward(training);
  }

  /**
   * Runs one step forward and backward with what was prepared; gradients go where they belong, and ranges follow.
   * @param seed of 32 bits, for what goes by chance
   * @returns mean loss, and how many samples got the right class
   */
  async step(samples: RuntimeTensors, target: RuntimeTensor, seed: number): Promise<BatchResult> {
    const { dropoutSeed } = this.graph;
    const chance =
      dropoutSeed === undefined
        ? {}
        : { [dropoutSeed]: { type: "int64", dims: [], data: BigInt64Array.of(BigInt(seed)) } };
    const feeds = { ...this.feeds(samples), ...this.stepFeeds, [this.graph.target]: target };
    await this.stepSession.run({ ...feeds, ...chance }, this.stepOutputs);
    for (const { values, received } of this.normalizations.statistics) values.set(received);
    for (const normalization of this.foldable) normalization.backward();
    const { activations } = this;
    activations?.groups.forEach(({ least, largest }, group) => {
      activations.ranges.follow(group, this.extreme(least, Math.min), this.extreme(largest, Math.max));
    });
    return resultOf(this.graph, this.stepOutputs);
  }

  /** Runs forward alone. */
  async evaluate(samples: RuntimeTensors, target: RuntimeTensor): Promise<BatchResult> {
    const { loss, correct, target: targetName } = this.evaluationGraph;
    const wanted = correct === undefined ? [loss] : [loss, correct];
    const feeds = { ...this.feeds(samples), [targetName]: target };
    return resultOf(this.evaluationGraph, await this.evaluationSession.run(feeds, wanted));
  }

  private feeds(samples: RuntimeTensors): RuntimeTensors {
    const { activations } = this;
    const parameters = activations?.groups.flatMap((group, index) =>
      parameterFeeds(group, activations.ranges.parameters(index)),
    );
    return { ...samples, ...this.commonFeeds, ...Object.fromEntries(parameters ?? []) };
  }

  private extreme(names: readonly string[], choose: (...values: number[]) => number): number {
    return choose(...names.map((name) => Number(this.stepOutputs[name].data[0])));
  }
}

function resultOf({ loss, correct }: TrainingGraph, outputs: RuntimeTensors): BatchResult {
  return {
    loss: Number(outputs[loss].data[0]),
    correct: correct === undefined ? null : Number(outputs[correct].data[0]),
  };
}

/** What a normalization of steps is fed, and the gradients of what is trained of it. */
function fedNormalization(normalization: FoldableNormalization, names: NormalizationNames): FedConstant[] {
  const { scales, scaleGradients, shifts, shiftGradients, means, variances } = normalization;
  const dims = [scales.length];
  return [
    { feed: [names.scales, tensorOf(scales, dims)], gradients: scaleGradients },
    { feed: [names.shifts, tensorOf(shifts, dims)], gradients: shiftGradients },
    { feed: [names.means, tensorOf(means, dims)], gradients: null },
    { feed: [names.variances, tensorOf(variances, dims)], gradients: null },
  ];
}

function receivedStatistics(
  { nextMeans, nextVariances }: FoldableNormalization,
  { means, variances }: NormalizationNames,
  { statistics }: TrainingGraph,
): Named[] {
  return [
    [statistics.get(means)!, tensorOf(nextMeans, [nextMeans.length])],
    [statistics.get(variances)!, tensorOf(nextVariances, [nextVariances.length])],
  ];
}

export interface BatchResult {
  readonly loss: number;
  /** Null where there are no classes. */
  readonly correct: number | null;
}

function tensorOf(data: Float32Array, dims: readonly number[]): RuntimeTensor {
  return { type: "float32", dims, data };
}

/** Layers with the same weights and settings together, in the order of the graph. */
export function tiedLayers(layers: readonly Layer[], choose: (layer: Layer) => LayerChoice): TiedLayers[] {
  const groups = new Map<string, { layers: Layer[]; settings: TiedLayers["settings"] }>();
  for (const layer of layers) {
    const choice = choose(layer);
    const settings = choice.keep === "codes" ? choice.settings : null;
    const key = JSON.stringify([layer.weightKey, layer.layout.onnxName, settings]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { layers: [layer], settings });
    else group.layers.push(layer);
  }
  return [...groups.values()];
}

function frozenCodes({ layers: [layer], settings }: TiedLayers): QuantizedWeights | null {
  return settings === null ? null : fitScheme(toChannelMajor(layer.weight.values, layer.layout), settings);
}
