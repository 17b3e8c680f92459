/** Small reports for tests of what shows them. */
import { NOT_MEASURED, type LayerNoise } from "../../../src/protocol/noise";
import type { LayerReport, Report } from "../../../src/protocol/report";
import type { ReportSnapshot } from "../../../src/protocol/webview";
import { gradeOf } from "../../../src/extension/grade";

/** A quantized 8-bit layer of 40 dB with two channels. */
export function sampleLayer(
  change: Partial<LayerReport> = {},
  weights: Partial<LayerReport["weights"]> = {},
): LayerReport {
  return {
    name: "conv",
    op: "Conv",
    node: "conv",
    weightName: "conv.weight",
    weightShape: [2, 1, 3, 3],
    layout: "OHWI",
    storedShape: [2, 3, 3, 1],
    parameters: 20,
    share: 0.5,
    scheme: "symmetric",
    bits: 8,
    granularity: "channel",
    settings: { scheme: "symmetric", bits: 8, granularity: "channel", clip: "max", rounding: "half-even" },
    weights: {
      min: -1,
      max: 2,
      absMax: 2,
      mean: 0,
      std: 0.5,
      skewness: 0.1,
      kurtosis: 0.2,
      zeros: 0,
      outlierRatio: 4,
      sqnrDb: 40,
      exact: false,
      codeEntropyBits: 6,
      channels: { min: [-0.5, -1], max: [0.25, 2], sqnrDb: [41, 39], dominant: 1 },
      histogram: { min: -1, max: 2, counts: [9, 9], quantizedCounts: [8, 10] },
      ...weights,
    },
    bias: null,
    bytes: 36,
    floatBytes: 80,
    sharedWith: null,
    fused: [],
    noise: null,
    ...change,
  };
}

/** 40 dB of the weights, 42 of the activations. */
export function sampleNoise(): LayerNoise {
  const ratios = { weightsDb: 40, activationsDb: 42, bothDb: 38 };
  return {
    isolated: { ...ratios, exact: { weights: false, activations: false, both: false } },
    cumulativeDb: 36,
    cumulativeExact: false,
    predicted: { ...ratios, explanations: [] },
    boundDb: 44,
    sensitivity: null,
    channels: { min: [0, 0], max: [1, 2], dominant: 1 },
    errors: null,
  };
}

export function sampleReport(layers: LayerReport[]): Report {
  return {
    generator: { name: "bitwright", version: "0.0.0" },
    version: 1,
    model: {
      name: "model.onnx",
      sha256: "ab".repeat(32),
      bytes: 1_000,
      producer: "test",
      irVersion: 8,
      opsets: [{ domain: "", version: 17 }],
      inputs: [],
      outputs: [],
      nodes: layers.length,
      parameters: 40,
      ...NOT_MEASURED,
    },
    recipe: {},
    layers,
    unquantizable: [],
    transforms: null,
    biasCorrection: null,
    inference: null,
    totals: { parameters: 40, bytes: 72, floatBytes: 160, sqnrDb: 40, exact: false },
    artifacts: [],
    notes: [],
  };
}

export function sampleSnapshot(layers: LayerReport[], change: Partial<ReportSnapshot> = {}): ReportSnapshot {
  const lowSqnrDb = 30;
  return {
    kind: "report",
    report: sampleReport(layers),
    selectedLayer: null,
    lowSqnrDb,
    grades: layers.map((layer) => gradeOf(layer, lowSqnrDb)),
    canQuantize: true,
    ...change,
  };
}
