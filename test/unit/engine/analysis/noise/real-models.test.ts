import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { Samples } from "../../../../../src/engine/activations/run";
import { measureCumulative } from "../../../../../src/engine/analysis/noise/cumulative";
import { measureIsolated } from "../../../../../src/engine/analysis/noise/isolated";
import { layerNoise, modelNoise } from "../../../../../src/engine/analysis/noise/noise";
import { measureSensitivity } from "../../../../../src/engine/analysis/noise/sensitivity";
import type { Runtime } from "../../../../../src/engine/runtime";
import { loadOnnxRuntime } from "../../../../../src/runtime/onnxruntime";
import { hasShared, sharedPath } from "../../../../shared";
import { quantizeNetwork, randomSamples } from "../../activations/networks";
import { sharedModel } from "../../onnx/real-models";
import { isolatedByForce } from "./brute-force";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await loadOnnxRuntime();
});

/** The data of a .npy file in C order, behind its header. */
function npyBytes(relative: string): Uint8Array {
  const bytes = readFileSync(sharedPath(`data/${relative}`));
  return new Uint8Array(bytes.subarray(10 + bytes.readUInt16LE(8)));
}

function samplesOf(
  count: number,
  dims: readonly number[],
  element: (sample: number, index: number) => number,
): Samples {
  const size = dims.reduce((product, dim) => product * dim, 1);
  return {
    count,
    fixedBatch: null,
    read: (start, number) => {
      const data = Float32Array.from({ length: number * size }, (_, i) =>
        element(start + Math.floor(i / size), i % size),
      );
      return Promise.resolve({ input: { type: "float32", dims: [number, ...dims], data } });
    },
  };
}

/** Normalized as the model's training had it. */
function cifar(part: string, count: number) {
  const pixels = npyBytes(`cifar10/${part}-x-u8-nhwc.npy`);
  const [mean, deviation] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ];
  const samples = samplesOf(count, [3, 32, 32], (sample, index) => {
    const channel = Math.floor(index / 1024);
    return (pixels[sample * 3072 + (index % 1024) * 3 + channel] / 255 - mean[channel]) / deviation[channel];
  });
  return { samples, labels: Int32Array.from(npyBytes(`cifar10/${part}-y-u8.npy`).subarray(0, count)) };
}

function keywords(count: number) {
  const codes = new Int8Array(npyBytes("kws01/x500-i8.npy").buffer);
  const samples = samplesOf(count, [1, 49, 10], (sample, index) => (codes[sample * 490 + index] - 83) * 0.58470291);
  return { samples, labels: Int32Array.from(npyBytes("kws01/y500-u8.npy").subarray(0, count)) };
}

async function analyze(model: string, calibrating: Samples, evaluated: { samples: Samples; labels: Int32Array }) {
  const { network, calibration } = await quantizeNetwork(sharedModel(model), runtime, calibrating);
  const { samples, labels } = evaluated;
  const isolated = await measureIsolated(network, calibration.shapes, runtime, samples);
  const cumulative = await measureCumulative(network, calibration.shapes, runtime, samples, labels);
  return {
    network,
    calibration,
    layers: layerNoise(network, calibration, isolated, cumulative, new Map()),
    whole: modelNoise(cumulative, true),
  };
}

/** Layers whose prediction for the weights is within 2 dB of what was measured, or explained. */
function predictions(
  layers: Map<
    string,
    {
      isolated: { weightsDb: number | null };
      predicted: { weightsDb: number | null; explanations: readonly { of: string }[] };
    }
  >,
) {
  let [near, explained] = [0, 0];
  for (const { isolated, predicted } of layers.values()) {
    if (Math.abs(isolated.weightsDb! - predicted.weightsDb!) <= 2) near++;
    else if (predicted.explanations.some((explanation) => explanation.of === "weights")) explained++;
  }
  return { near, explained };
}

describe.runIf(hasShared)("real networks", () => {
  it("ResNet-20 at 8 bits: accuracy as in float, and noise as predicted", { timeout: 120_000 }, async () => {
    const evaluated = cifar("test5000", 600);
    const { layers, whole } = await analyze("cifar10/cifar10-resnet20-jft.onnx", cifar("calib", 64).samples, evaluated);
    expect(whole.evaluationSamples).toBe(600);
    expect(whole.floatAccuracy).toBeGreaterThan(0.84);
    expect(Math.abs(whole.floatAccuracy! - whole.quantizedAccuracy!)).toBeLessThanOrEqual(0.008);
    expect(whole.agreement).toBeGreaterThan(0.97);
    const { near, explained } = predictions(layers);
    expect(near / layers.size).toBeGreaterThanOrEqual(0.8);
    expect(near + explained).toBe(layers.size);
  });

  it("keyword spotting: noise as predicted, layers as by force, sensitivity of all", { timeout: 120_000 }, async () => {
    const evaluated = keywords(48);
    const { network, calibration, layers } = await analyze(
      "mlperf-tiny/mlperf-kws-dscnn.onnx",
      keywords(128).samples,
      evaluated,
    );
    const { near, explained } = predictions(layers);
    expect(near / layers.size).toBeGreaterThanOrEqual(0.8);
    expect(near + explained).toBe(layers.size);
    for (const name of ["dw1", "pw3"]) {
      const expected = await isolatedByForce(network, name, evaluated.samples, runtime);
      const { isolated } = layers.get(name)!;
      expect(isolated.weightsDb).toBeCloseTo(expected.weightsDb!, 2);
      expect(isolated.activationsDb).toBeCloseTo(expected.activationsDb!, 2);
      expect(isolated.bothDb).toBeCloseTo(expected.bothDb!, 2);
    }
    const sensitivity = await measureSensitivity(
      network,
      calibration.shapes,
      runtime,
      evaluated.samples,
      evaluated.labels,
    );
    expect(sensitivity.size).toBe(10);
    for (const figures of sensitivity.values()) {
      expect(figures.klDivergence).toBeGreaterThan(0);
      expect(figures.outputDb).toBeGreaterThan(15);
      expect(figures.samples).toBe(48);
    }
  });

  it.each([
    ["imagenet/mobilenetv1-0.25-128.onnx", [3, 128, 128], null],
    ["as-is/ppocr-cls.onnx", [3, 48, 192], null],
    ["as-is/face-RFB-320.onnx", [3, 240, 320], 1],
    ["digits16/usps-tinyvit.onnx", [1, 16, 16], null],
    ["digits16/semeion-lstm.onnx", [16, 16], null],
    ["digits16/semeion-gru.onnx", [16, 16], null],
    ["speech/phoneme-conv1d.onnx", [1, 256], null],
    ["mnist/mnist-8-cntk.onnx", [1, 28, 28], 1],
  ] as const)("%s is analyzed whole", { timeout: 120_000 }, async (model, dims, fixedBatch) => {
    const { network, calibration } = await quantizeNetwork(
      sharedModel(model),
      runtime,
      randomSamples(inputName(model), dims, 4, fixedBatch),
    );
    const samples = randomSamples(inputName(model), dims, 2, fixedBatch);
    const { shapes } = calibration;
    const isolated = await measureIsolated(network, shapes, runtime, samples);
    const cumulative = await measureCumulative(network, shapes, runtime, samples, null);
    const sensitivity = await measureSensitivity(network, shapes, runtime, samples, null);
    const layers = layerNoise(network, calibration, isolated, cumulative, sensitivity);
    expect(layers.size).toBe(network.layers.length);
    for (const { isolated: figures, sensitivity: outputs } of layers.values()) {
      expect(figures.weightsDb !== null || figures.exact.weights).toBe(true);
      expect(outputs).not.toBeNull();
    }
  });
});

function inputName(model: string): string {
  const names: Partial<Record<string, string>> = { "as-is/ppocr-cls.onnx": "x", "mnist/mnist-8-cntk.onnx": "Input3" };
  return names[model] ?? "input";
}
