/** Networks quantized with one scale a tensor, and what they put out. */
import { calibrate } from "../../src/engine/activations/calibrate";
import { activationParameters } from "../../src/engine/activations/parameters";
import { planActivations } from "../../src/engine/activations/plan";
import { chooseRange } from "../../src/engine/activations/ranges";
import { runBatch, withSession } from "../../src/engine/activations/run";
import { equalizationBoundDb } from "../../src/engine/analysis/noise/bound";
import { addQuantizedNetwork } from "../../src/engine/analysis/noise/cumulative";
import { measureIsolated } from "../../src/engine/analysis/noise/isolated";
import type { QuantizedNetwork } from "../../src/engine/analysis/noise/network";
import { NoisePower } from "../../src/engine/analysis/sqnr";
import type { Calibration } from "../../src/engine/activations/calibrate";
import type { Dataset } from "../../src/engine/data/dataset";
import { GraphEdit } from "../../src/engine/graph/edit";
import { toChannelMajor } from "../../src/engine/graph/layout";
import type { OnnxModel } from "../../src/engine/onnx/model";
import type { Runtime } from "../../src/engine/runtime";
import { fitScheme } from "../../src/engine/schemes/registry";
import { planWithChannelBounds } from "../../src/engine/transforms/plan-with-channel-bounds";
import type { TransformedModel } from "../../src/engine/transforms/transform";
import type { Variant } from "./equalization-variants";

const LAYER_SAMPLES = 16;
const BATCH = 16;

export interface CalibratedNetwork {
  readonly quantized: QuantizedNetwork;
  readonly calibration: Calibration;
}

export async function quantize(
  { model, layers }: TransformedModel,
  { activations, range: rule, clip }: Variant,
  data: Dataset,
  runtime: Runtime,
): Promise<CalibratedNetwork> {
  const plan = planWithChannelBounds(model, planActivations(model, layers));
  const calibration = await calibrate(model, plan, runtime, data);
  const parameters = calibration.groups.map((group) => {
    const { min, max } = chooseRange(group, { rule }, activations);
    return activationParameters(activations, min, max);
  });
  const settings = {
    scheme: activations.scheme === "pow2" ? "pow2" : "symmetric",
    bits: 8,
    granularity: "tensor",
    clip,
    rounding: "half-even",
  } as const;
  const weights = new Map(
    layers.map(({ name, weight, layout }) => [name, fitScheme(toChannelMajor(weight.values, layout), settings)]),
  );
  return { quantized: { model, layers, plan, parameters, weights }, calibration };
}

/** Means over the layers: isolated SQNR of weights and activations, and the bound of optimal equalization. */
export async function layerLevels(
  { quantized, calibration }: CalibratedNetwork,
  data: Dataset,
  runtime: Runtime,
): Promise<{ readonly layerDb: number; readonly boundDb: number }> {
  const few = { ...data, count: Math.min(LAYER_SAMPLES, data.count) };
  const levels: number[] = [];
  const bounds: number[] = [];
  for (const noise of await measureIsolated(quantized, calibration.shapes, runtime, few)) {
    const range = calibration.values.get(quantized.plan.outputPoint.get(noise.layer.name) ?? "");
    if (range === undefined) continue;
    const magnitudes = Float64Array.from(range.channelMin, (low, i) => Math.max(Math.abs(low), range.channelMax[i]));
    const bound = equalizationBoundDb(noise.signal, noise.weights, noise.activations, magnitudes, true);
    const power = new NoisePower();
    power.signal = total(noise.signal);
    power.noise = total(noise.both);
    const { sqnrDb } = power.sqnr();
    if (bound === null || sqnrDb === null) continue;
    levels.push(sqnrDb);
    bounds.push(bound);
  }
  return { layerDb: mean(levels), boundDb: mean(bounds) };
}

export function floatOutputs(model: OnnxModel, output: string, data: Dataset, runtime: Runtime) {
  const edit = new GraphEdit(model);
  edit.addOutput(output);
  return outputsOf(edit.encode(), output, data, runtime);
}

export function quantizedOutputs(network: QuantizedNetwork, output: string, data: Dataset, runtime: Runtime) {
  const edit = new GraphEdit(network.model);
  const name = addQuantizedNetwork(edit, network).get(output) ?? output;
  edit.addOutput(name);
  return outputsOf(edit.encode(), name, data, runtime);
}

async function outputsOf(bytes: Uint8Array, name: string, data: Dataset, runtime: Runtime): Promise<Float32Array[]> {
  const rows: Float32Array[] = [];
  await withSession(runtime, bytes, async (session) => {
    for (let start = 0; start < data.count; start += BATCH) {
      const count = Math.min(BATCH, data.count - start);
      const values = Float32Array.from((await runBatch(session, await data.read(start, count)))[name].data, Number);
      const size = values.length / count;
      for (let row = 0; row < count; row++) rows.push(values.slice(row * size, (row + 1) * size));
    }
  });
  return rows;
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
