/**
 * Batch normalizations that a run puts behind layers with codes, and that end in their scales and biases: with few bits the outputs
 * of a layer change so much from step to step that the next layers learn nothing unless they are normalized.
 *
 * A step normalizes by its own batch (Ioffe, Szegedy, Batch Normalization, 2015, algorithm 1). What is evaluated and deployed has no
 * such node: with running mean μ and variance σ², `γ·(y − μ)/√(σ² + ε) + β` multiplies the scale of each channel's codes by
 * `γ/√(σ² + ε)` and shifts its bias. That is exact for codes that do not change with the scale of their channel.
 */
import { NodeProtoSchema, type NodeProto } from "onnx-buf";
import { BitwrightError } from "../../protocol/errors";
import { GraphIndex } from "../graph/graph";
import type { Layer } from "../graph/layer";
import { copyOf, type OnnxModel } from "../onnx/model";
import type { PreparedModel } from "../prepare";
import type { LayerChoice } from "../recipe";
import type { Runtime } from "../runtime";
import type { QuantizedWeights, SchemeSettings } from "../schemes/scheme";
import { probeGraph } from "../transforms/graph-facts";
import { ModelRewriter } from "../transforms/layer-edits";
import { findRegions } from "../transforms/regions";
import { channelStatistics, type ChannelStatistics } from "./channel-statistics";
import type { SampleSource } from "./samples";
import { nodesBehindLoss } from "./trained-parts";

const EPSILON = 1e-5;
const MOMENTUM = 0.9;

/** Schemes whose scale of a channel may be any number: multiplying it leaves the codes as they are. */
const SCALABLE = ["ceil", "symmetric", "affine"];

/** One of them, as flat arrays of one value a channel. */
export class FoldableNormalization {
  /** Trained: natural logarithms of the factors by which γ differs from where it started, so that it stays positive. */
  readonly factors: Float32Array;
  readonly factorGradients: Float32Array;
  /** β, trained. */
  readonly shifts: Float32Array;
  readonly shiftGradients: Float32Array;
  /** γ; valid after {@link forward}. */
  readonly scales: Float32Array;
  /** Receives the gradient by γ. */
  readonly scaleGradients: Float32Array;
  /** μ and σ², and what the step makes of them. */
  readonly means: Float32Array;
  readonly nextMeans: Float32Array;
  readonly variances: Float32Array;
  readonly nextVariances: Float32Array;
  private readonly start: Float64Array;

  /**
   * @param output the layer's output with its bias
   * @param statistics those of the output in the float model: training starts there, with a normalization that changes nothing
   */
  constructor(
    readonly layer: Layer,
    readonly output: string,
    { means, variances }: ChannelStatistics,
  ) {
    const zeros = (): Float32Array => new Float32Array(means.length);
    this.start = Float64Array.from(variances, (variance) => Math.sqrt(variance + EPSILON));
    this.factors = zeros();
    this.factorGradients = zeros();
    this.shifts = Float32Array.from(means);
    this.shiftGradients = zeros();
    this.scales = Float32Array.from(this.start);
    this.scaleGradients = zeros();
    this.means = Float32Array.from(means);
    this.nextMeans = zeros();
    this.variances = Float32Array.from(variances);
    this.nextVariances = zeros();
  }

  /** Prepares what a step is fed. */
  forward(): void {
    const { scales, start, factors } = this;
    for (let i = 0; i < scales.length; i++) scales[i] = start[i] * Math.exp(factors[i]);
  }

  /** Turns what a step returned into gradients by what is trained, and takes over the running statistics. */
  backward(): void {
    const { factorGradients, scaleGradients, scales } = this;
    for (let i = 0; i < scales.length; i++) factorGradients[i] = scaleGradients[i] * scales[i];
    this.means.set(this.nextMeans);
    this.variances.set(this.nextVariances);
  }

  /** The codes with the normalization in their scales. @param codes with a scale a channel */
  folded(codes: QuantizedWeights): QuantizedWeights {
    return { ...codes, scales: this.foldedScales(codes.scales) };
  }

  foldedScales(scales: Float64Array): Float64Array {
    const factors = this.channelFactors();
    return scales.map((scale, channel) => scale * factors[channel]);
  }

  /** The bias with the normalization in it. */
  foldedBias(bias: Float32Array): Float32Array {
    const factors = this.channelFactors();
    return bias.map((value, channel) => (value - this.means[channel]) * factors[channel] + this.shifts[channel]);
  }

  private channelFactors(): Float64Array {
    const { start, factors, variances } = this;
    return start.map((scale, i) => (scale * Math.exp(factors[i])) / Math.sqrt(variances[i] + EPSILON));
  }
}

/**
 * A normalization for each layer that has codes, is trained, and is followed by another one on the way to the loss: scores are left
 * as they are. Layers that share weights get none, for one scale cannot follow two outputs, and none of those whose channels are not
 * in axis 1.
 * @param prepared the float model
 * @param samples some of them show what the layers put out
 * @throws BitwrightError recipe-invalid naming a layer whose codes cannot take one, or where no layer gets one; runtime-failed
 */
export async function foldableNormalizations(
  { model, layers }: PreparedModel,
  choose: (layer: Layer) => LayerChoice,
  trainsWeights: (layer: Layer) => boolean,
  runtime: Runtime,
  samples: SampleSource,
): Promise<FoldableNormalization[]> {
  const { makers } = findRegions(model, layers, await probeGraph(model, runtime, samples));
  const index = new GraphIndex(model.graph);
  const behindLoss = nodesBehindLoss(model);
  const layerNodes = new Set(layers.map(({ nodeIndex }) => nodeIndex).filter((nodeIndex) => behindLoss.has(nodeIndex)));
  // Makers share no weights.
  const normalized = makers.filter(({ layer, raw, axis }) => {
    const choice = choose(layer);
    if (choice.keep === "float" || !trainsWeights(layer) || axis !== 1 || !leadsTo(index, raw, layerNodes))
      return false;
    refuseFixedScales(layer, choice.settings);
    return true;
  });
  if (normalized.length === 0) throw nothingToNormalize();
  const outputs = normalized.map(({ raw }) => raw);
  const statistics = await channelStatistics(model, outputs, runtime, samples);
  return normalized.map(({ layer, raw }, i) => new FoldableNormalization(layer, raw, statistics[i]));
}

/** Whether codes are none that could not take one. */
export function canNormalize(choice: LayerChoice): boolean {
  return choice.keep === "float" || hasFreeScales(choice.settings);
}

function hasFreeScales({ scheme, granularity }: SchemeSettings): boolean {
  return SCALABLE.includes(scheme) && granularity === "channel";
}

function refuseFixedScales({ name }: Layer, settings: SchemeSettings): void {
  const { scheme, granularity } = settings;
  if (hasFreeScales(settings)) return;
  throw new BitwrightError(
    "recipe-invalid",
    `statistics of the batch go into a free scale for each channel, which ${scheme} by ${granularity} does not have`,
    `Choose granularity channel and ${SCALABLE.join(", ")}, or remove batchNormalization`,
    { layer: name, field: "batchNormalization" },
  );
}

function nothingToNormalize(): BitwrightError {
  return new BitwrightError(
    "recipe-invalid",
    "no layer can be normalized by statistics of the batch: it takes one with codes, with trained weights of its own and its channels in axis 1, that another layer follows",
    "Remove batchNormalization, or train more layers",
    { field: "batchNormalization" },
  );
}

/** Whether one of the nodes reads the value, or what is made of it. */
function leadsTo(index: GraphIndex, value: string, nodes: ReadonlySet<number>): boolean {
  const seen = new Set<number>();
  const pending = [value];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    for (const consumer of index.consumers(name)) {
      if (nodes.has(consumer)) return true;
      if (seen.has(consumer)) continue;
      seen.add(consumer);
      pending.push(...index.nodes[consumer].output);
    }
  }
  return false;
}

/** The names of constants that a normalization is fed with, and its node. */
export interface NormalizationNames {
  readonly scales: string;
  readonly shifts: string;
  readonly means: string;
  readonly variances: string;
  readonly node: NodeProto;
}

/** Puts them behind their layers. @returns the model of a step, and names in the order of the normalizations */
export function withNormalizations(
  model: OnnxModel,
  normalizations: readonly FoldableNormalization[],
): { readonly model: OnnxModel; readonly names: readonly NormalizationNames[] } {
  const index = new GraphIndex(model.graph);
  const rewriter = new ModelRewriter(model);
  const names = normalizations.map(({ output, scales, shifts, means, variances }): NormalizationNames => {
    const constant = (what: string, values: Float32Array): string =>
      rewriter.constant(`${output}_${what}`, [values.length], values);
    const constants = {
      scales: constant("scales", scales),
      shifts: constant("shifts", shifts),
      means: constant("means", means),
      variances: constant("variances", variances),
    };
    const before = rewriter.valueName(`${output}_before`);
    const inputs = [before, constants.scales, constants.shifts, constants.means, constants.variances];
    const node = rewriter.node("BatchNormalization", inputs, output, {
      epsilon: { float: EPSILON },
      momentum: { float: MOMENTUM },
    });
    const producerIndex = index.producerIndex(output)!;
    const producer = copyOf(NodeProtoSchema, index.nodes[producerIndex]);
    producer.output = [before];
    rewriter.replace(producerIndex, [producer, node]);
    return { ...constants, node };
  });
  return { model: rewriter.finish(), names };
}
