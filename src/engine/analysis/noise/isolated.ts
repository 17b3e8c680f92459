/** Isolated noise of all layers at once: beside each layer stands its twin, and the graph compares them. */
import { Distribution } from "../../activations/distribution";
import { channelsLastValues, observedValue, type ObservedValue } from "../../activations/observe";
import {
  batchSize,
  floatsOf,
  runBatches,
  withSession,
  type ProbedShapes,
  type RunControl,
  type Samples,
} from "../../activations/run";
import { GraphEdit } from "../../graph/edit";
import type { Layer } from "../../graph/layer";
import type { Runtime } from "../../runtime";
import { ChannelSums, DEFAULT_POSITIONS } from "./comparison";
import { addRounded, addTwin, comparableLayers, layerInput, type QuantizedNetwork } from "./network";

/** What the comparison of one layer found; sums per output channel over all samples and compared positions. */
export interface IsolatedNoise {
  readonly layer: Layer;
  /** Elements a channel that the sums run over. */
  readonly elements: number;
  /** Σy² of the float output. */
  readonly signal: Float64Array;
  /** Σ(y − ŷ)² with only the weights quantized, with only the output rounded, and with both. */
  readonly weights: Float64Array;
  readonly activations: Float64Array;
  readonly both: Float64Array;
  /** Of the layer's input, per input channel: mean and mean square. Null where the layer has no float input. */
  readonly input: {
    readonly mean: Float64Array;
    readonly meanSquare: Float64Array;
    readonly dims: readonly number[];
  } | null;
  readonly outputDims: readonly number[];
  /** Samples of the float output and of the errors of both together. */
  readonly outputs: Distribution;
  readonly errors: Distribution;
}

/**
 * Measures every layer with float inputs: only its weights quantized, only its output rounded, both; compared after the
 * fused activation. Source: Meller et al. 2019, §3.2.
 *
 * @param shapes of all output points and layer inputs, as calibration found them
 * @param positions of a feature map that are compared; larger maps are compared on a regular grid. Infinity compares all
 * @throws BitwrightError cancelled, runtime-failed
 */
export async function measureIsolated(
  network: QuantizedNetwork,
  shapes: ProbedShapes,
  runtime: Runtime,
  samples: Samples,
  control: RunControl = {},
  positions: number = DEFAULT_POSITIONS,
): Promise<IsolatedNoise[]> {
  const channelsLast = channelsLastValues(network.model);
  const observed = (name: string) => observedValue(name, shapes.dims.get(name) ?? [], channelsLast.has(name));
  const edit = new GraphEdit(network.model);
  const sums = new ChannelSums(edit, positions);
  const entries = comparableLayers(network).map(({ layer, point }) =>
    addLayer(edit, sums, network, layer, observed(point), observed),
  );
  if (entries.length === 0) return [];
  let total = 0;
  await withSession(runtime, edit.encode(), (session) =>
    runBatches(session, samples, batchSize(shapes, samples), control, (outputs, _, count) => {
      sums.collect(outputs);
      for (const { sampled } of entries) {
        for (const { output, distribution } of Object.values(sampled))
          addSample(distribution, floatsOf(outputs, output));
      }
      total += count;
    }),
  );
  return entries.map(({ layer, point, input, outputs, sampled }) => ({
    layer,
    elements: (sums.elements(point) / point.channels) * (total / shapes.samples),
    signal: sums.result(outputs.signal),
    weights: sums.result(outputs.weights),
    activations: sums.result(outputs.activations),
    both: sums.result(outputs.both),
    input: input && {
      dims: input.value.dims,
      mean: perElement(sums.result(input.sum), input.elements * (total / shapes.samples)),
      meanSquare: perElement(sums.result(input.squares), input.elements * (total / shapes.samples)),
    },
    outputDims: point.dims,
    outputs: sampled.outputs.distribution,
    errors: sampled.errors.distribution,
  }));
}

function addLayer(
  edit: GraphEdit,
  sums: ChannelSums,
  network: QuantizedNetwork,
  layer: Layer,
  point: ObservedValue,
  observed: (name: string) => ObservedValue,
) {
  const float = sums.thinned(point.name, point);
  const quantized = network.weights.has(layer.name)
    ? sums.thinned(addTwin(edit, network, layer).get(point.name) ?? point.name, point)
    : float;
  const rounded = addRounded(edit, network, quantized, point.name);
  const outputs = {
    signal: sums.sum(float, point),
    weights: sums.difference(quantized, float, point),
    activations: sums.difference(addRounded(edit, network, float, point.name), float, point),
    both: sums.difference(rounded, float, point),
  };
  const sampled = {
    outputs: { output: sums.sample(float, point), distribution: new Distribution() },
    errors: { output: sums.sample(edit.add("Sub", [rounded, float]), point), distribution: new Distribution() },
  };
  return { layer, point, outputs, sampled, input: inputSums(sums, network, layer, observed) };
}

function inputSums(
  sums: ChannelSums,
  network: QuantizedNetwork,
  layer: Layer,
  observed: (name: string) => ObservedValue,
) {
  if (layer.op === "Gather") return null;
  const name = layerInput(network, layer);
  const value = observed(name);
  const thinned = sums.thinned(name, value);
  return {
    value,
    elements: sums.elements(value) / value.channels,
    sum: sums.sum(thinned, value, "ReduceSum"),
    squares: sums.sum(thinned, value),
  };
}

function perElement(sums: Float64Array, elements: number): Float64Array {
  return sums.map((sum) => sum / elements);
}

function addSample(distribution: Distribution, values: Float32Array): void {
  let min = 0;
  let max = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i] < min) min = values[i];
    if (values[i] > max) max = values[i];
  }
  distribution.add(values, min, max);
}
