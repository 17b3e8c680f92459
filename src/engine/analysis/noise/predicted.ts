/** Noise as the theory of uniform, independent rounding errors predicts it, and why it is wrong where it is. */
import type { NodeProto } from "onnx-buf";
import type { Prediction } from "../../../protocol/noise";
import type { Bounds } from "../../activations/bounds";
import type { Distribution } from "../../activations/distribution";
import { roundingStep, type ActivationParameters } from "../../activations/parameters";
import { toChannelMajor } from "../../graph/layout";
import { decode } from "../../schemes/decode";
import { groupBounds } from "../../schemes/grouping";
import type { QuantizedWeights } from "../../schemes/scheme";
import { explainActivations, explainBoth, explainWeights } from "./explain";
import type { IsolatedNoise } from "./isolated";
import { decibels, power } from "./power";
import { meanTaps } from "./taps";

/** A prediction this far from the measured figure is explained. */
export const EXPLAINED_FROM_DB = 2;

/** The parts that predictions are made of, for explaining what differs. */
export interface PredictionParts {
  /** Share of the outputs that the fused activation lets pass: errors of the others vanish at its bounds. */
  readonly passing: number;
  /** Per output channel: what eq. 5 says, what the actual errors of the weights make of it, and how much of that is a constant shift. */
  readonly expected: Float64Array;
  readonly actual: Float64Array;
  readonly shift: Float64Array;
}

/**
 * Eq. 5 and 6 of Meller et al. 2019, at the output point: with errors uniform in ±step/2,
 * `E{(Ỹ^ΔW)²} = ρ·Kx·Ky·F_in·E{X²}·step_w²/12` and `E{(Ỹ^ΔY)²} = ρ·step_y²/12`, where ρ is the share of outputs between the
 * bounds of the fused activation, 1 without one; products with padding are not counted. Eq. 5 is taken for each output channel with
 * the inputs that it reads, and averaged.
 *
 * @param node the layer's own
 * @param quantized null where the weights stay float
 * @param parameters undefined where the output gets no codes
 * @param bounds of the activation that is fused to the layer
 */
export function predict(
  noise: IsolatedNoise,
  node: NodeProto,
  quantized: QuantizedWeights | null,
  parameters: ActivationParameters | undefined,
  bounds: Bounds | undefined,
): Prediction {
  const passing = bounds === undefined ? 1 : shareBetween(noise.outputs, bounds);
  const parts = quantized === null ? null : weightParts(noise, node, quantized, passing);
  const weights = parts && mean(parts.expected);
  const activations = parameters === undefined ? null : (passing * roundingStep(parameters) ** 2) / 12;
  const both = sumOfKnown(weights, activations, quantized !== null && weights === null);
  const signal = power(noise.signal, noise.elements);
  const measured = {
    weights: power(noise.weights, noise.elements),
    activations: power(noise.activations, noise.elements),
    both: power(noise.both, noise.elements),
  };
  const explanations: Prediction["explanations"] = [];
  const check = (of: keyof typeof measured, predicted: number | null, reason: () => string) => {
    if (predicted === null || predicted === 0 || measured[of] === 0 || signal === 0) return;
    const differenceDb = 10 * Math.log10(measured[of] / predicted);
    if (Math.abs(differenceDb) > EXPLAINED_FROM_DB) explanations.push({ of, differenceDb, reason: reason() });
  };
  if (parts !== null) check("weights", weights, () => explainWeights(noise, parts, measured.weights));
  if (parameters !== undefined) {
    check("activations", activations, () => explainActivations(noise, parameters, measured.activations, passing));
  }
  check("both", both, () => explainBoth(measured, { weights: weights ?? 0, activations: activations ?? 0 }));
  return {
    weightsDb: decibels(signal, weights),
    activationsDb: decibels(signal, activations),
    bothDb: decibels(signal, both),
    explanations,
  };
}

function weightParts(
  noise: IsolatedNoise,
  node: NodeProto,
  quantized: QuantizedWeights,
  passing: number,
): PredictionParts | null {
  const { layer, input, outputDims } = noise;
  const { channels, perChannel } = layer.layout;
  const taps = meanTaps(layer, node, input?.dims ?? [], outputDims);
  if (taps === null || perChannel === 0) return null;
  const inside = taps / perChannel;
  const { values } = toChannelMajor(layer.weight.values, layer.layout);
  const decoded = decode(quantized);
  const variance = uniformVariance(quantized, values);
  const parts = {
    passing,
    expected: new Float64Array(channels),
    actual: new Float64Array(channels),
    shift: new Float64Array(channels),
  };
  for (let channel = 0; channel < channels; channel++) {
    const inputOf = inputChannels(noise, channel);
    let expectedVariance = 0;
    let meanSquare = 0;
    let actual = 0;
    let shift = 0;
    for (let i = 0; i < perChannel; i++) {
      const position = channel * perChannel + i;
      const error = decoded[position] - values[position];
      const from = inputOf(i);
      const square = input === null ? 1 : input.meanSquare[from];
      expectedVariance += variance[position];
      meanSquare += square;
      actual += error * error * square;
      shift += error * (input === null ? 0 : input.mean[from]);
    }
    const scale = passing * inside;
    parts.expected[channel] = (scale * expectedVariance * meanSquare) / perChannel;
    parts.actual[channel] = scale * actual;
    parts.shift[channel] = passing * (inside * shift) ** 2;
  }
  return parts;
}

/** For each weight of a channel, counted in channel-major order with the input axis innermost, the input channel that it multiplies. */
function inputChannels({ layer, input }: IsolatedNoise, channel: number): (position: number) => number {
  if (input === null) return () => 0;
  const { op, layout, weight } = layer;
  if (op !== "Conv" && op !== "ConvTranspose") {
    const inputs = input.mean.length;
    return (position) => position % inputs;
  }
  const kernelSize = weight.dims.slice(2).reduce((product, size) => product * size, 1);
  const perGroup = layout.perChannel / kernelSize;
  const groups = input.mean.length / perGroup;
  const first = Math.floor((channel * groups) / layout.channels) * perGroup;
  return (position) => first + (position % perGroup);
}

/** `step²/12` for each weight; schemes without equal steps have `range/2^bits` of their group for a step. */
function uniformVariance(quantized: QuantizedWeights, values: Float32Array): Float64Array {
  const variance = new Float64Array(values.length);
  const edges = groupBounds(quantized);
  for (let group = 0; group + 1 < edges.length; group++) {
    let step = quantized.scales[group];
    if (quantized.kind !== "uniform") {
      let [low, high] = [Infinity, -Infinity];
      for (let i = edges[group]; i < edges[group + 1]; i++) {
        low = Math.min(low, values[i]);
        high = Math.max(high, values[i]);
      }
      step = (high - low) / 2 ** quantized.bits;
    }
    variance.fill((step * step) / 12, edges[group], edges[group + 1]);
  }
  return variance;
}

/** Share of the sampled values strictly between the bounds. */
function shareBetween(outputs: Distribution, { low, high }: Bounds): number {
  if (outputs.total === 0) return 1;
  const { counts, zeros, total } = outputs;
  let between = low < 0 && high > 0 ? zeros : 0;
  for (let bin = 0; bin < counts.length; bin++) {
    const left = outputs.min + bin * outputs.binWidth;
    if (left + outputs.binWidth > low && left + outputs.binWidth <= high) between += counts[bin];
  }
  return between / total;
}

function sumOfKnown(weights: number | null, activations: number | null, isIncomplete: boolean): number | null {
  if (isIncomplete || (weights === null && activations === null)) return null;
  return (weights ?? 0) + (activations ?? 0);
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
