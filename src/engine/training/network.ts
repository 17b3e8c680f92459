/** A network as it is trained: what it is fed before a step, the step, and what comes back. */
import type { Runtime, RuntimeSession, RuntimeTensor, RuntimeTensors } from "../runtime";
import { parameterFeeds } from "./activation-quantizers";
import type { TrainingGraph } from "./differentiate";
import type { FedConstant, Named } from "./fed-values";
import type { FoldableNormalization } from "./foldable-normalizations";
import type { Normalizations } from "./normalizations";
import type { TiedLayers } from "./tied-layers";
import type { TrainedActivations } from "./trained-activations";
import type { TrainedBias } from "./trained-bias";
import type { TrainedWeights } from "./trained-weights";

export interface NetworkParts {
  /** Of steps. */
  readonly graph: TrainingGraph;
  /** Of evaluation; `graph` itself where no normalization makes it another one. */
  readonly evaluationGraph: TrainingGraph;
  readonly weights: readonly TrainedWeights[];
  /** Layers whose weights are not trained. */
  readonly frozen: readonly TiedLayers[];
  /** Those that are trained, and those that follow scales or normalizations. */
  readonly biases: readonly TrainedBias[];
  readonly activations: TrainedActivations | null;
  /** The model's own, where they use statistics of the batch. */
  readonly normalizations: Normalizations;
  /** Those of steps alone. */
  readonly foldable: readonly FoldableNormalization[];
  /** Fed in steps and in evaluation. */
  readonly constants: readonly FedConstant[];
  /** Fed in steps alone. */
  readonly stepConstants: readonly FedConstant[];
  /** Gradients and statistics that steps write. */
  readonly received: readonly Named[];
}

export class TrainingNetwork {
  private readonly commonFeeds: RuntimeTensors;
  private readonly stepFeeds: RuntimeTensors;
  private readonly stepOutputs: RuntimeTensors;

  /** @param parts as openNetwork makes them */
  static async open(parts: NetworkParts, runtime: Runtime): Promise<TrainingNetwork> {
    const step = await runtime.createSession(parts.graph.model);
    const evaluation = await runtime.createSession(parts.evaluationGraph.evaluation);
    const network = new TrainingNetwork(parts, step, evaluation);
    network.prepare(false);
    return network;
  }

  private constructor(
    readonly parts: NetworkParts,
    private readonly stepSession: RuntimeSession,
    private readonly evaluationSession: RuntimeSession,
  ) {
    const { graph, constants, stepConstants, received, activations } = parts;
    this.commonFeeds = Object.fromEntries(constants.map(({ feed }) => feed));
    this.stepFeeds = Object.fromEntries(stepConstants.map(({ feed }) => feed));
    const observed = activations?.groups.flatMap(({ least, largest }) => [...least, ...largest]) ?? [];
    this.stepOutputs = Object.fromEntries<RuntimeTensor>([
      ...received,
      ...[graph.loss, ...observed].map((name): Named => [
        name,
        { type: "float32", dims: [], data: new Float32Array(1) },
      ]),
      ...(graph.correct === undefined
        ? []
        : [[graph.correct, { type: "int64", dims: [], data: new BigInt64Array(1) }] satisfies Named]),
    ]);
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
    for (const normalization of this.parts.foldable) normalization.forward();
    for (const weights of this.parts.weights) weights.forward(training);
    for (const bias of this.parts.biases) bias.forward(training);
  }

  /**
   * Runs one step forward and backward with what was prepared; gradients go where they belong, and ranges follow.
   * @param seed of 32 bits, for what goes by chance
   * @returns mean loss, and how many samples got the right class
   */
  async step(samples: RuntimeTensors, target: RuntimeTensor, seed: number): Promise<BatchResult> {
    const { dropoutSeed } = this.parts.graph;
    const chance =
      dropoutSeed === undefined
        ? {}
        : { [dropoutSeed]: { type: "int64", dims: [], data: BigInt64Array.of(BigInt(seed)) } };
    const feeds = { ...this.feeds(samples), ...this.stepFeeds, [this.parts.graph.target]: target };
    await this.stepSession.run({ ...feeds, ...chance }, this.stepOutputs);
    for (const { values, received } of this.parts.normalizations.statistics) values.set(received);
    for (const normalization of this.parts.foldable) normalization.backward();
    const { activations } = this.parts;
    activations?.groups.forEach(({ least, largest }, group) => {
      activations.ranges.follow(group, this.extreme(least, Math.min), this.extreme(largest, Math.max));
    });
    return resultOf(this.parts.graph, this.stepOutputs);
  }

  /** Runs forward alone. */
  async evaluate(samples: RuntimeTensors, target: RuntimeTensor): Promise<BatchResult> {
    const { loss, correct, target: targetName } = this.parts.evaluationGraph;
    const wanted = correct === undefined ? [loss] : [loss, correct];
    const feeds = { ...this.feeds(samples), [targetName]: target };
    return resultOf(this.parts.evaluationGraph, await this.evaluationSession.run(feeds, wanted));
  }

  private feeds(samples: RuntimeTensors): RuntimeTensors {
    const { activations } = this.parts;
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

export interface BatchResult {
  readonly loss: number;
  /** Null where there are no classes. */
  readonly correct: number | null;
}
