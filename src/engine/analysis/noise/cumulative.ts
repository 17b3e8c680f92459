/** The whole network quantized beside the float one: noise that has accumulated at each layer, and at the outputs. */
import { channelsLastValues, observedValue } from "../../activations/observe";
import {
  batchSize,
  runBatches,
  withSession,
  type ProbedShapes,
  type RunControl,
  type Samples,
} from "../../activations/run";
import { GraphEdit } from "../../graph/edit";
import type { OnnxModel } from "../../onnx/model";
import type { Runtime } from "../../runtime";
import { NoisePower } from "../sqnr";
import { ChannelSums, DEFAULT_POSITIONS } from "./comparison";
import { addRounded, comparableLayers, readsAny, withDecodedWeights, type QuantizedNetwork } from "./network";
import { classOutput, OutputObserver, type OutputLoss } from "./outputs";

export interface CumulativeNoise {
  /** By layer name. */
  readonly layers: ReadonlyMap<string, NoisePower>;
  readonly outputs: OutputLoss;
  /** Whether the model has an output of class scores. */
  readonly classifies: boolean;
}

/**
 * Runs float and quantized network on the same samples: every value that the plan gives codes is rounded, all weights are
 * those that their codes stand for, biases stay float.
 *
 * @param labels class of each sample; null without
 * @param reference the float network, where the quantized one has other biases
 * @throws BitwrightError cancelled, runtime-failed
 */
export async function measureCumulative(
  network: QuantizedNetwork,
  shapes: ProbedShapes,
  runtime: Runtime,
  samples: Samples,
  labels: Int32Array | null,
  control: RunControl = {},
  reference: OnnxModel = network.model,
): Promise<CumulativeNoise> {
  const edit = new GraphEdit(reference);
  edit.addConstantsOf(network.model);
  const quantized = addQuantizedNetwork(edit, network);
  const variantOf = (value: string) => quantized.get(value) ?? value;
  const channelsLast = channelsLastValues(network.model);
  const sums = new ChannelSums(edit, DEFAULT_POSITIONS);
  const entries = comparableLayers(network).map(({ layer, point }) => {
    const observed = observedValue(point, shapes.dims.get(point) ?? [], channelsLast.has(point));
    const float = sums.thinned(point, observed);
    const variant = sums.thinned(variantOf(point), observed);
    return { layer, signal: sums.sum(float, observed), noise: sums.difference(variant, float, observed) };
  });
  const classes = classOutput(network, shapes);
  const observer = new OutputObserver(edit, network, classes, shapes, variantOf);
  if (entries.length > 0 || network.plan.floatOutputs.length > 0) {
    await withSession(runtime, edit.encode(), (session) =>
      runBatches(session, samples, batchSize(shapes, samples), control, (outputs, start, count) => {
        sums.collect(outputs);
        observer.collect(outputs, count, (sample) => labels?.[start + sample] ?? null);
      }),
    );
  }
  const layers = new Map(
    entries.map(({ layer, signal, noise }) => {
      const power = new NoisePower();
      power.signal = total(sums.result(signal));
      power.noise = total(sums.result(noise));
      return [layer.name, power];
    }),
  );
  return { layers, outputs: observer.loss, classifies: classes !== null };
}

/**
 * Adds the network once more with everything quantized.
 * @returns what stands in it for each value; values that quantization does not touch have no entry
 */
export function addQuantizedNetwork(edit: GraphEdit, network: QuantizedNetwork): Map<string, string> {
  const { model, plan } = network;
  const renamed = new Map<string, string>();
  const roundUnlessMoved = (value: string, current: string) => {
    if (plan.groupOf.has(value) && !plan.moved.has(value))
      renamed.set(value, addRounded(edit, network, current, value));
  };
  for (const input of model.graph.input) roundUnlessMoved(input.name, input.name);
  model.graph.node.forEach((node, nodeIndex) => {
    const own = network.layers.filter((layer) => layer.nodeIndex === nodeIndex && network.weights.has(layer.name));
    const producesCodes = node.output.some((output) => plan.groupOf.has(output) && !plan.moved.has(output));
    if (own.length === 0 && !producesCodes && !readsAny(node, renamed)) return;
    edit.addCopy(
      own.reduce((copy, layer) => withDecodedWeights(edit, network, layer, copy), node),
      renamed,
    );
    for (const output of node.output) roundUnlessMoved(output, renamed.get(output) ?? output);
  });
  return renamed;
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
