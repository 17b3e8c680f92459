/**
 * Bias correction: quantized weights and inputs shift the mean of a layer's output, and its bias can take the shift back.
 * Source: Meller et al., Same, Same But Different (2019), §5.2.
 */
import { BitwrightError } from "../../protocol/errors";
import type { RunControl, Samples } from "../activations/run";
import type { QuantizedNetwork } from "../analysis/noise/network";
import { findLayers } from "../graph/layers";
import { toOnnxOrder } from "../graph/layout";
import type { OnnxModel } from "../onnx/model";
import type { Runtime } from "../runtime";
import { decode } from "../schemes/decode";
import { distillBiases } from "./bias-distillation";
import { BiasMeasurement, inputMeans, type MeasuredLayer } from "./bias-measurement";
import { probeGraph } from "./graph-facts";
import { ModelRewriter } from "./layer-edits";
import type { LeftLayer } from "./region";
import { findRegions } from "./regions";
import { forEachKernel } from "./weight-channels";

export const BIAS_CORRECTIONS = ["empirical", "analytic", "distilled"] as const;
export type BiasCorrectionMethod = (typeof BIAS_CORRECTIONS)[number];

/** What was done to the bias of one layer. */
export interface CorrectedLayer {
  readonly layer: string;
  /** Added to the bias of every output channel, if it was kept. */
  readonly correction: readonly number[];
  /** Σ of squared errors after the layer's activation, on the calibration data. */
  readonly errorBefore: number;
  readonly errorAfter: number;
  /** False where the error would not have fallen: the bias stayed. */
  readonly kept: boolean;
}

export interface BiasCorrectionRecord {
  readonly method: BiasCorrectionMethod;
  readonly layers: readonly CorrectedLayer[];
  readonly left: readonly LeftLayer[];
  /** Forward passes over the calibration data; float and quantized network count one each. */
  readonly forwardPasses: number;
}

export interface CorrectedNetwork {
  /** The same network with other biases: they belong to the quantized weights, the float model keeps its own. */
  readonly network: QuantizedNetwork;
  readonly record: BiasCorrectionRecord;
}

const NO_BIAS = "It has no bias that could be corrected.";
const NOT_MEASURED = "What it makes cannot be measured for each channel.";

/** Layers whose shift is measured in one run, which is two forward passes of the network up to the last of them: 4 for 10 layers. */
const LAYERS_PER_RUN = 6;

/**
 * - `empirical`: per output channel the mean of (quantized − float) before the activation, layer by layer, upstream layers
 *   quantized and corrected. Several layers are measured in one run: inside the graph each batch is corrected by its own mean
 *   before it reaches the next layer.
 * - `analytic`: `ΔW · E[x]`, where E[x] is the mean of the float input; padding is not counted.
 *
 * - `distilled`: the empirical one first, then training of these biases together against the float network's output.
 *
 * The first two are kept only where they lower the error after the layer's activation; the last is kept where it lowers that of the
 * network's output.
 *
 * @param network with the float model; its biases are float
 * @param samples calibration data
 * @throws BitwrightError data-too-few without samples; operator-unsupported by `distilled`; cancelled, runtime-failed
 */
export async function correctBiases(
  network: QuantizedNetwork,
  method: BiasCorrectionMethod,
  runtime: Runtime,
  samples: Samples,
  control: RunControl = {},
): Promise<CorrectedNetwork> {
  if (samples.count === 0) {
    throw new BitwrightError("data-too-few", "there are no samples to correct biases with", "Give at least one sample");
  }
  const facts = await probeGraph(network.model, runtime, samples);
  const { makers, readers } = findRegions(network.model, network.layers, facts);
  const inputs = new Map(readers.map(({ layer, input, axis }) => [layer.name, { input, inputAxis: axis }]));
  const correctable = makers.filter(({ layer }) => layer.bias !== null || layer.op !== "MatMul");
  const measured = correctable.map((maker): MeasuredLayer => ({ ...maker, ...inputs.get(maker.layer.name)! }));
  const measurement = new BiasMeasurement(network, measured, facts, runtime, samples, control);
  let layers: CorrectedLayer[] = [];
  let forwardPasses = 0;
  if (method !== "analytic") {
    for (let start = 0; start < measured.length; start += LAYERS_PER_RUN) {
      layers.push(...(await measurement.run(measured.slice(start, start + LAYERS_PER_RUN), null)));
      forwardPasses += 2;
    }
  } else {
    const means = await inputMeans(network.model, measured, facts, runtime, samples, control);
    const shifts = new Map(
      measured.map((item) => [item.layer.name, analyticShift(network, item, means.get(item.input)!)]),
    );
    layers.push(...(await measurement.run(measured, shifts)));
    forwardPasses = 3;
  }
  const names = new Set(measured.map(({ layer }) => layer.name));
  const left = network.layers
    .filter(({ name }) => !names.has(name))
    .map(({ name, bias }): LeftLayer => ({ layer: name, reason: bias === null ? NO_BIAS : NOT_MEASURED }));
  let corrections: ReadonlyMap<string, Float32Array> = measurement.corrections;
  let model = withCorrections(network.model, measured, corrections);
  if (method === "distilled" && corrections.size > 0) {
    const start = { ...network, model, layers: findLayers(model).layers };
    const distilled = await distillBiases(start, network.model, corrections, runtime, samples, control);
    corrections = differences(measured, distilled.biases);
    model = withCorrections(network.model, measured, corrections);
    const shifts = new Map(
      [...corrections].map(([name, added]) => [name, Float64Array.from(added, (value) => -value)]),
    );
    const trained = measured.filter(({ layer }) => shifts.has(layer.name));
    const again = new BiasMeasurement(network, trained, facts, runtime, samples, control);
    const figures = new Map((await again.run(trained, shifts)).map((figure) => [figure.layer, figure]));
    layers = layers.map((layer) => {
      const figure = figures.get(layer.layer);
      const correction = corrections.get(layer.layer);
      return figure === undefined || correction === undefined
        ? layer
        : { ...figure, correction: [...correction], kept: true };
    });
    forwardPasses += distilled.forwardPasses + 2;
  }
  return {
    network: { ...network, model, layers: findLayers(model).layers },
    record: { method, layers, left, forwardPasses },
  };
}

/** `ΔW · E[x]` per output channel. */
function analyticShift(
  network: QuantizedNetwork,
  { layer, structure }: MeasuredLayer,
  means: Float64Array,
): Float64Array {
  const shift = new Float64Array(structure.outputs);
  const quantized = network.weights.get(layer.name);
  if (quantized === undefined) return shift;
  const decoded = toOnnxOrder(decode(quantized), layer.layout);
  const { values } = layer.weight;
  forEachKernel(structure, (output, input, start) => {
    for (let at = start; at < start + structure.kernel; at++)
      shift[output] += (decoded[at] - values[at]) * means[input];
  });
  return shift;
}

/** What biases differ by from those of the layers, by layer name. */
function differences(
  layers: readonly MeasuredLayer[],
  biases: ReadonlyMap<string, Float32Array>,
): Map<string, Float32Array> {
  return new Map(
    layers.flatMap(({ layer }) => {
      const bias = biases.get(layer.name);
      return bias === undefined ? [] : [[layer.name, bias.map((value, i) => value - (layer.bias?.[i] ?? 0))]];
    }),
  );
}

function withCorrections(
  model: OnnxModel,
  layers: readonly MeasuredLayer[],
  corrections: ReadonlyMap<string, Float32Array>,
): OnnxModel {
  const rewriter = new ModelRewriter(model);
  for (const { layer, structure } of layers) {
    const correction = corrections.get(layer.name);
    if (correction === undefined) continue;
    const bias = layer.bias ?? new Float32Array(structure.outputs);
    rewriter.change({ layer, bias: bias.map((value, channel) => value + correction[channel]) });
  }
  return rewriter.finish();
}
