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
  /** Batch normalizations use statistics of the batch, and are trained; else they are constants like others. */
  readonly batchStatistics: boolean;
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
  private readonly stepFeeds: RuntimeTensors;
  private readonly stepOutputs: RuntimeTensors;

  private constructor(
    readonly graph: TrainingGraph,
    /** The original's value that a teacher is asked for. */
    readonly teacherValue: string,
    readonly weights: readonly TrainedWeights[],
    /** Layers whose weights are not trained. */
    readonly frozen: readonly TiedLayers[],
    /** Those that are trained, and those whose rounding follows the scales. */
    readonly biases: readonly TrainedBias[],
    readonly activations: TrainedActivations | null,
    readonly normalizations: Normalizations,
    constants: readonly FedConstant[],
    private readonly stepSession: RuntimeSession,
    private readonly evaluationSession: RuntimeSession,
  ) {
    const { statistics } = normalizations;
    this.stepFeeds = Object.fromEntries([
      ...constants.map(({ feed }) => feed),
      ...statistics.map(({ name, values }): Named => [name, tensorOf(values, [values.length])]),
    ]);
    const observed = activations?.groups.flatMap(({ least, largest }) => [...least, ...largest]) ?? [];
    this.stepOutputs = Object.fromEntries<RuntimeTensor>([
      ...constants.flatMap(({ feed: [name, { dims }], gradients }): Named[] =>
        gradients === null ? [] : [[graph.gradients.get(name)!, tensorOf(gradients, dims)]],
      ),
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
    for (const group of tied) {
      const trained = isTrained(group) ? new TrainedWeights(group, options.quantizers, memory) : null;
      trained?.forward(false);
      const codes = trained === null ? frozenCodes(group) : trained.codes();
      const values = trained?.fed ?? (codes === null ? undefined : toOnnxOrder(decode(codes), group.layers[0].layout));
      const weightScales =
        codes === null || !hasScalePerChannel(codes) ? null : () => trained?.quantizer?.scales() ?? codes.scales;
      if (trained === null) frozen.push(group);
      else weights.push(trained);
      for (const [index, layer] of group.layers.entries()) {
        const isBiasTrained = options.trainsBias(layer);
        const follows = options.activations !== null && weightScales !== null;
        const bias = isBiasTrained || follows ? layer.bias : null;
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
    const graph = differentiate(quantized, {
      trainable: namesOf(true),
      changing: namesOf(false),
      loss: options.loss,
      observed,
      dropout: true,
      batchStatistics,
    });
    const original = [...rounded].find(([, name]) => name === graph.scores)?.[0] ?? graph.scores;
    const stepSession = await runtime.createSession(graph.model);
    const evaluationSession = await runtime.createSession(graph.evaluation);
    const network = new TrainingNetwork(
      graph,
      original,
      weights,
      frozen,
      biases,
      activations,
      normalizations,
      constants,
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
    await this.stepSession.run({ ...this.feeds(samples, target), ...chance }, this.stepOutputs);
    for (const { values, received } of this.normalizations.statistics) values.set(received);
    const { activations } = this;
    activations?.groups.forEach(({ least, largest }, group) => {
      activations.ranges.follow(group, this.extreme(least, Math.min), this.extreme(largest, Math.max));
    });
    return this.result(this.stepOutputs);
  }

  /** Runs forward alone. */
  async evaluate(samples: RuntimeTensors, target: RuntimeTensor): Promise<BatchResult> {
    const { loss, correct } = this.graph;
    const wanted = correct === undefined ? [loss] : [loss, correct];
    return this.result(await this.evaluationSession.run(this.feeds(samples, target), wanted));
  }

  private feeds(samples: RuntimeTensors, target: RuntimeTensor): RuntimeTensors {
    const { activations } = this;
    const parameters = activations?.groups.flatMap((group, index) =>
      parameterFeeds(group, activations.ranges.parameters(index)),
    );
    return { ...samples, ...this.stepFeeds, ...Object.fromEntries(parameters ?? []), [this.graph.target]: target };
  }

  private extreme(names: readonly string[], choose: (...values: number[]) => number): number {
    return choose(...names.map((name) => Number(this.stepOutputs[name].data[0])));
  }

  private result(outputs: RuntimeTensors): BatchResult {
    const { loss, correct } = this.graph;
    return {
      loss: Number(outputs[loss].data[0]),
      correct: correct === undefined ? null : Number(outputs[correct].data[0]),
    };
  }
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
