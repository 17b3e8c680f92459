/** Small networks and data for tests of calibration and noise. */
import type { TensorProto } from "onnx-buf";
import { activationParameters, type ActivationSettings } from "../../../../src/engine/activations/parameters";
import { calibrate, type Calibration } from "../../../../src/engine/activations/calibrate";
import { planActivations, type PlanOptions } from "../../../../src/engine/activations/plan";
import { chooseRange } from "../../../../src/engine/activations/ranges";
import type { Samples } from "../../../../src/engine/activations/run";
import type { QuantizedNetwork } from "../../../../src/engine/analysis/noise/network";
import { foldBatchNormalization } from "../../../../src/engine/graph/fold-batch-normalization";
import { findLayers } from "../../../../src/engine/graph/layers";
import { toChannelMajor } from "../../../../src/engine/graph/layout";
import type { ModelSource } from "../../../../src/engine/model-source";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import type { Runtime } from "../../../../src/engine/runtime";
import { symmetric } from "../../../../src/engine/schemes/symmetric";
import { randomTensor, randomValues } from "../onnx/model-builder";

export function prepare(source: ModelSource, options: PlanOptions = {}) {
  const { model, folds } = foldBatchNormalization(decodeModel(source));
  const { layers } = findLayers(model, folds);
  return { model, layers, plan: planActivations(model, layers, options) };
}

/** Random samples in [-1, 1) for one float input, the same ones each time. */
export function randomSamples(
  name: string,
  dims: readonly number[],
  count: number,
  fixedBatch: number | null = null,
): Samples {
  const size = dims.reduce((product, dim) => product * dim, 1);
  const values = randomValues(size * count, 7);
  return {
    count,
    fixedBatch,
    read: (start, number) =>
      Promise.resolve({
        [name]: { type: "float32", dims: [number, ...dims], data: values.slice(start * size, (start + number) * size) },
      }),
  };
}

/** Everything quantized: weights symmetric per channel, activations by their whole range. */
export async function quantizeNetwork(
  source: ModelSource,
  runtime: Runtime,
  samples: Samples,
  settings: ActivationSettings = { scheme: "affine", bits: 8 },
  bits = 8,
  granularity: "tensor" | "channel" = "channel",
): Promise<{ network: QuantizedNetwork; calibration: Calibration }> {
  const { model, layers, plan } = prepare(source);
  const calibration = await calibrate(model, plan, runtime, samples);
  const parameters = calibration.groups.map((group) => {
    const { min, max } = chooseRange(group, { rule: "max" }, settings);
    return activationParameters(settings, min, max);
  });
  const weights = new Map(
    layers.map((layer) => [
      layer.name,
      symmetric.fit(toChannelMajor(layer.weight.values, layer.layout), {
        scheme: "symmetric",
        bits,
        granularity,
        clip: "max",
        rounding: "half-even",
        options: {},
      } as Parameters<typeof symmetric.fit>[1]),
    ]),
  );
  return { network: { model, layers, plan, parameters, weights }, calibration };
}

/** Weights and bias of a convolution. */
export function convolution(name: string, outputs: number, inputs: number, size: number, seed: number): TensorProto[] {
  return [
    randomTensor(`${name}.w`, [outputs, inputs, size, size], seed),
    randomTensor(`${name}.b`, [outputs], seed + 1),
  ];
}
