/**
 * High-bias absorption: what a channel never falls below is taken out of its bias and put into the biases of the layers that
 * read it, so that its activations need less range.
 * Source: Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction (2019), §4.1.3. There the part
 * that is taken is μ − 3σ of the batch normalization; here it is the minimum on calibration data, which leaves the function on
 * those data as it is.
 */
import type { OnnxModel } from "../onnx/model";
import type { ChannelRanges } from "./channel-ranges";
import { ModelRewriter } from "./layer-edits";
import type { Consumer, Region, Regions, Producer } from "./region";
import { forEachKernel } from "./weight-channels";
import { readsEveryPositionAlike } from "./padding";

export interface BiasAbsorption {
  /** The layer whose bias fell. */
  readonly layer: string;
  readonly consumers: readonly string[];
  /** What was taken from every output channel; 0 where nothing was. */
  readonly amounts: readonly number[];
}

export interface AbsorbedModel {
  readonly model: OnnxModel;
  readonly absorbed: readonly BiasAbsorption[];
}

/**
 * Works on regions of one layer, without an activation or with Relu, all of whose consumers read the value itself without
 * padding. All others stay.
 * @param ranges of this model's values on calibration data
 */
export function absorbHighBiases(model: OnnxModel, { regions }: Regions, ranges: ChannelRanges): AbsorbedModel {
  const biases = new Map<string, { readonly item: Producer | Consumer; readonly values: Float64Array }>();
  const biasOf = (item: Producer | Consumer) => {
    let bias = biases.get(item.layer.name);
    if (bias === undefined) {
      const values = Float64Array.from(item.layer.bias ?? new Float32Array(item.structure.outputs));
      biases.set(item.layer.name, (bias = { item, values }));
    }
    return bias.values;
  };
  const absorbed: BiasAbsorption[] = [];
  for (const region of regions) {
    const amounts = amountsOf(model, region, ranges);
    if (amounts?.some((amount) => amount > 0) !== true) continue;
    const [producer] = region.producers;
    const bias = biasOf(producer);
    amounts.forEach((amount, channel) => (bias[channel] -= amount));
    for (const consumer of region.consumers) passOn(amounts, producer, consumer, biasOf(consumer));
    const consumers = region.consumers.map(({ layer }) => layer.name);
    absorbed.push({ layer: producer.layer.name, consumers, amounts: Array.from(amounts) });
  }
  const rewriter = new ModelRewriter(model);
  for (const { item, values } of biases.values())
    rewriter.change({ layer: item.layer, bias: Float32Array.from(values) });
  return { model: rewriter.finish(), absorbed };
}

/** What can be taken from every output channel of the region's only producer; null where the region is not of that form. */
function amountsOf(model: OnnxModel, region: Region, ranges: ChannelRanges): Float64Array | null {
  if (region.producers.length !== 1 || region.consumers.length === 0 || region.bounds.length > 0) return null;
  const [{ point, activation }] = region.producers;
  const direct = region.consumers.every(({ input, layer }) => {
    return input === point && readsEveryPositionAlike(layer, model.graph.node[layer.nodeIndex]);
  });
  const range = ranges.get(point);
  if (!direct || range === undefined || (activation !== "Relu" && activation !== "none")) return null;
  return Float64Array.from(range.min, (low) => Math.max(0, low));
}

function passOn(amounts: Float64Array, producer: Producer, consumer: Consumer, bias: Float64Array): void {
  const byClass = new Float64Array(amounts.length);
  producer.classes.forEach((index, channel) => (byClass[index] = amounts[channel]));
  const { values } = consumer.layer.weight;
  forEachKernel(consumer.structure, (output, input, start) => {
    const amount = byClass[consumer.classes[input]];
    for (let at = start; at < start + consumer.structure.kernel; at++) bias[output] += values[at] * amount;
  });
}
