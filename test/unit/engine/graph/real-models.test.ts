import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { foldBatchNormalization } from "../../../../src/engine/graph/fold-batch-normalization";
import { findLayers } from "../../../../src/engine/graph/layers";
import type { ModelSource } from "../../../../src/engine/model-source";
import { decodeModel } from "../../../../src/engine/onnx/decode";
import { BitwrightError, type ErrorCode } from "../../../../src/protocol/errors";
import { hasShared, sharedPath } from "../../../shared";
import { sharedModel, sharedModels, shippedModel } from "../onnx/real-models";

/** Files that must be refused, and how. */
const REFUSED: Partial<Record<string, ErrorCode>> = {
  "awkward/empty.onnx": "model-empty",
  "awkward/lfs-pointer.onnx": "model-lfs-pointer",
  "awkward/truncated.onnx": "model-not-onnx",
  "awkward/corrupt-header.onnx": "model-not-onnx",
  "awkward/external-data-missing.onnx": "external-data-missing",
};

const inspect = (source: ModelSource) => findLayers(decodeModel(source));

/** Parameter counts of the shared folder's own table. */
function publishedParameters(): Map<string, number> {
  const rows = readFileSync(sharedPath("models/INDEX.md"), "utf8").matchAll(/^\| (\S+\.onnx) \| (\d+) \|/gm);
  return new Map(Array.from(rows, (row) => [row[1], Number(row[2])]));
}

describe("shipped models", () => {
  it("have the layers and parameters that they were made with", () => {
    const lenet = inspect(shippedModel("mnist-lenet5.onnx"));
    expect(lenet.layers.map((layer) => layer.op)).toEqual(["Conv", "Conv", "Gemm", "Gemm", "Gemm"]);
    expect(lenet.parameters).toBe(61706);
    const { model, folds } = foldBatchNormalization(decodeModel(shippedModel("mnist-dscnn-bn.onnx")));
    const dscnn = findLayers(model, folds);
    expect(dscnn.layers).toHaveLength(10);
    expect(dscnn.layers.filter((layer) => layer.fused.length === 1)).toHaveLength(9);
    expect(dscnn.unquantizable).toEqual([]);
  });
});

describe.runIf(hasShared)("shared models", () => {
  const files = sharedModels();
  const published = hasShared ? publishedParameters() : new Map<string, number>();

  it.each(files.filter((file) => file in REFUSED))("%s is refused", (file) => {
    try {
      inspect(sharedModel(file));
      expect.unreachable();
    } catch (thrown) {
      expect(BitwrightError.from(thrown).code).toBe(REFUSED[file]);
    }
  });

  it.each(files.filter((file) => !(file in REFUSED) && !file.includes("int8-qdq")))(
    "%s has the parameters that its table says, in layers and listed constants",
    (file) => {
      const { layers, unquantizable, parameters } = inspect(sharedModel(file));
      expect(layers.length).toBeGreaterThan(0);
      expect(parameters).toBe(published.get(file));
      const counted = new Set<string>();
      let inLayers = 0;
      for (const layer of layers) {
        if (!counted.has(layer.weightKey)) inLayers += layer.weight.values.length;
        counted.add(layer.weightKey);
        inLayers += layer.bias?.length ?? 0;
      }
      const listed = unquantizable.reduce((sum, entry) => sum + entry.parameters, 0);
      const scalars = parameters - inLayers - listed;
      expect(scalars).toBeGreaterThanOrEqual(0);
      expect(scalars).toBeLessThan(100);
    },
  );

  it.each(files.filter((file) => file.includes("int8-qdq")))("%s is quantized already", (file) => {
    const { layers, unquantizable, parameters } = inspect(sharedModel(file));
    expect(layers).toEqual([]);
    expect(parameters).toBeGreaterThanOrEqual(unquantizable.reduce((sum, entry) => sum + entry.parameters, 0));
    const float = ["", "-bn"].map((suffix) => published.get(file.replace("-int8-qdq", suffix))).find((count) => count);
    expect(parameters).toBeGreaterThan(0.95 * float!);
    expect(unquantizable.length).toBeGreaterThan(5);
    expect(new Set(unquantizable.map((entry) => entry.reason))).toEqual(
      new Set(["The weights are already quantized."]),
    );
  });

  it("reads half precision as the rounded single-precision model", () => {
    const half = inspect(sharedModel("awkward/resnet8-fp16-full.onnx"));
    const cast = inspect(sharedModel("awkward/resnet8-fp16-weights-cast.onnx"));
    expect(half.layers.map((layer) => layer.weight)).toEqual(cast.layers.map((layer) => layer.weight));
  });

  it("reads the same weights from initializers, Constant nodes and graph inputs", () => {
    const variants = [
      "mlperf-tiny/mlperf-kws-dscnn",
      "awkward/weights-as-constant-nodes",
      "awkward/initializers-as-inputs-ir3",
    ];
    const [plain, ...others] = variants.map((file) => inspect(sharedModel(`${file}.onnx`)).layers);
    for (const layers of others) {
      expect(layers.map(({ weight, bias }) => ({ weight, bias }))).toEqual(
        plain.map(({ weight, bias }) => ({ weight, bias })),
      );
    }
  });
});
