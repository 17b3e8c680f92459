/** A model as it is trained: quantizers put in, differentiated, its sessions opened. */
import { calibrate } from "../activations/calibrate";
import { planActivations } from "../activations/plan";
import { findLayers } from "../graph/layers";
import { toOnnxOrder } from "../graph/layout";
import type { Layer } from "../graph/layer";
import type { OnnxModel } from "../onnx/model";
import { upgradeOpset } from "../onnx/upgrade/upgrade";
import type { PreparedModel } from "../prepare";
import type { Recipe, LayerChoice } from "../recipe";
import type { Runtime, RuntimeSession, RuntimeTensor, RuntimeTensors } from "../runtime";
import { decode } from "../schemes/decode";
import { fitScheme } from "../schemes/registry";
import { toChannelMajor } from "../graph/layout";
import { ModelRewriter } from "../transforms/layer-edits";
import { planWithChannelBounds } from "../transforms/plan-with-channel-bounds";
import { ActivationRanges } from "./activation-ranges";
import { parameterFeeds, withActivationQuantizers, type QuantizedGroup } from "./activation-quantizers";
import { differentiate, type TrainingGraph } from "./differentiate";
import type { LossName } from "./losses";
import { NO_NORMALIZATIONS, normalizationsOf, type Normalizations } from "./normalizations";
import type { SampleSource } from "./samples";
import { TrainedWeights, type TiedLayers } from "./trained-weights";
import type { QuantizerOptions } from "./quantizers/registry";

/** Lowest operator set in which bounds of Clip are inputs. */
const OPSET = 13;

/** Samples that show where the ranges of activations begin. */
const CALIBRATION_SAMPLES = 256;

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

/** The bias of one layer, and the gradient by it. */
export interface TrainedBias {
  readonly layer: Layer;
  readonly values: Float32Array;
  readonly gradients: Float32Array;
}

/** A value of the graph, and the tensor that stands for it. */
type Named = [name: string, tensor: RuntimeTensor];

/** Ranges that follow, by group of the plan. */
export interface TrainedActivations {
  readonly ranges: ActivationRanges;
  readonly groups: readonly QuantizedGroup[];
  /** Values of every group. */
  readonly values: readonly (readonly string[])[];
}

export class TrainingNetwork {
  private readonly stepFeeds: RuntimeTensors;
  private readonly stepOutputs: RuntimeTensors;

  private constructor(
    readonly graph: TrainingGraph,
    /** The original's value that a teacher is asked for. */
    readonly teacherValue: string,
    readonly weights: readonly TrainedWeights[],
    /** Weights that have codes and are not trained, decoded; channel-major, by the layers that hold them. */
    readonly frozen: readonly { readonly tied: TiedLayers; readonly decoded: Float32Array | null }[],
    readonly biases: readonly TrainedBias[],
    readonly activations: TrainedActivations | null,
    readonly normalizations: Normalizations,
    constants: readonly { readonly feed: Named; readonly gradients: Float32Array }[],
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
      ...constants.map(({ feed: [name, { dims }], gradients }): Named => {
        return [graph.gradients.get(name)!, { type: "float32", dims, data: gradients }];
      }),
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
    const weights: TrainedWeights[] = [];
    const frozen: { tied: TiedLayers; decoded: Float32Array | null }[] = [];
    const biases: TrainedBias[] = [];
    const constants: { feed: Named; gradients: Float32Array }[] = [];
    for (const group of tied) {
      const isTrained = group.layers.some(options.trainsWeights);
      const trained = isTrained ? new TrainedWeights(group, options.quantizers) : null;
      trained?.forward(false);
      const decoded = trained === null ? decodedWeights(group) : null;
      const values = trained?.fed ?? (decoded === null ? undefined : toOnnxOrder(decoded, group.layers[0].layout));
      if (trained === null) frozen.push({ tied: group, decoded });
      else weights.push(trained);
      for (const [index, layer] of group.layers.entries()) {
        const bias = options.trainsBias(layer) ? (layer.bias?.slice() ?? null) : null;
        const names = rewriter.change({ layer, weights: values, bias: bias ?? undefined });
        if (index === 0 && trained !== null && names.weights !== undefined) {
          const { fed, fedGradients } = trained;
          constants.push({ feed: [names.weights, tensorOf(fed, layer.weight.dims)], gradients: fedGradients });
        }
        if (bias !== null && names.bias !== undefined) {
          const gradients = new Float32Array(bias.length);
          biases.push({ layer, values: bias, gradients });
          constants.push({ feed: [names.bias, tensorOf(bias, rewriter.dimsOf(names.bias))], gradients });
        }
      }
    }
    const changed = rewriter.finish();
    const { batchStatistics } = options;
    const normalizations = batchStatistics ? normalizationsOf(changed) : NO_NORMALIZATIONS;
    for (const { name, values, received } of normalizations.parameters)
      constants.push({ feed: [name, tensorOf(values, [values.length])], gradients: received });
    const { quantized, activations, rounded } = await quantizeActivations(changed, options, runtime, samples);
    const observed = activations?.groups.flatMap(({ least, largest }) => [...least, ...largest]) ?? [];
    const trainable = constants.map(({ feed: [name] }) => name);
    const graph = differentiate(quantized, { trainable, loss: options.loss, observed, dropout: true, batchStatistics });
    const original = [...rounded].find(([, name]) => name === graph.scores)?.[0] ?? graph.scores;
    const stepSession = await runtime.createSession(graph.model);
    const evaluationSession = await runtime.createSession(graph.evaluation);
    return new TrainingNetwork(
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
  }

  async close(): Promise<void> {
    await this.stepSession.release();
    await this.evaluationSession.release();
  }

  /**
   * Runs one step forward and backward with the weights as they were prepared; gradients go where they belong, and ranges follow.
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

function decodedWeights({ layers: [layer], settings }: TiedLayers): Float32Array | null {
  return settings === null ? null : decode(fitScheme(toChannelMajor(layer.weight.values, layer.layout), settings));
}

async function quantizeActivations(
  model: OnnxModel,
  { activations, choose }: NetworkOptions,
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
  return { quantized, activations: { ranges, groups, values: plan.groups.map(({ values }) => values) }, rounded };
}
