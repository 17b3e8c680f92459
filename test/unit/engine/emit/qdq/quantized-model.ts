/** From a model's bytes to its quantized ONNX, with ranges from random inputs. */
import { ValueInfoProtoSchema } from "onnx-buf";
import { create } from "@bufbuild/protobuf";
import type { Tensor } from "onnxruntime-node";
import {
  activationParameters,
  groupSettings,
  type ActivationSettings,
} from "../../../../../src/engine/activations/parameters";
import { planActivations } from "../../../../../src/engine/activations/plan";
import type { QuantizedActivations } from "../../../../../src/engine/emit/qdq/activations";
import { emitQuantizedOnnx, type QuantizedOnnx } from "../../../../../src/engine/emit/qdq/quantized-onnx";
import { foldBatchNormalization } from "../../../../../src/engine/graph/fold-batch-normalization";
import type { Layer } from "../../../../../src/engine/graph/layer";
import { toChannelMajor } from "../../../../../src/engine/graph/layout";
import { findLayers } from "../../../../../src/engine/graph/layers";
import type { ModelSource } from "../../../../../src/engine/model-source";
import { decodeModel } from "../../../../../src/engine/onnx/decode";
import { DataType } from "../../../../../src/engine/onnx/data-types";
import type { OnnxModel } from "../../../../../src/engine/onnx/model";
import { findScheme } from "../../../../../src/engine/schemes/registry";
import type { QuantizedWeights, SchemeSettings } from "../../../../../src/engine/schemes/scheme";
import { encode } from "../../onnx/model-builder";
import { runModel } from "../../onnx/run-model";

export const INT8: SchemeSettings = {
  scheme: "symmetric",
  bits: 8,
  granularity: "channel",
  clip: "max",
  rounding: "half-even",
};

export interface Options {
  readonly weights?: Partial<SchemeSettings>;
  readonly activations?: ActivationSettings | null;
  readonly packedWeights?: boolean;
  /** Names of layers that stay float. */
  readonly keep?: readonly string[];
}

export interface QuantizedModel extends QuantizedOnnx {
  readonly folded: OnnxModel;
  readonly layers: readonly { readonly layer: Layer; readonly quantized: QuantizedWeights }[];
  readonly activations: QuantizedActivations | null;
}

/** Quantizes every layer but those to be kept; activations get the ranges that the feeds show. */
export async function quantizeModel(
  source: ModelSource,
  feeds: Readonly<Record<string, Tensor>>,
  {
    weights = {},
    activations: settings = { scheme: "affine", bits: 8 },
    packedWeights = false,
    keep = [],
  }: Options = {},
): Promise<QuantizedModel> {
  const { model: folded, folds } = foldBatchNormalization(decodeModel(source));
  const found = findLayers(folded, folds).layers;
  const fits = new Map(found.map((layer) => [layer.weightKey, fitted(layer, { ...INT8, ...weights })]));
  const layers = found
    .filter(({ name }) => !keep.includes(name))
    .map((layer) => ({ layer, quantized: fits.get(layer.weightKey)! }));
  const plan = planActivations(folded, found, { floatLayers: new Set(keep), averages: settings?.scheme !== "ceil" });
  const ranges =
    settings === null ? new Map<string, [number, number]>() : await valueRanges(folded, plan.groupOf, feeds);
  const parameters = plan.groups.map((group) => {
    const known = group.values.map((value) => ranges.get(value) ?? [0, 0]);
    return activationParameters(
      groupSettings(settings ?? { scheme: "affine", bits: 8 }, group),
      Math.min(...known.map(([low]) => low)),
      Math.max(...known.map(([, high]) => high)),
    );
  });
  const activations = settings === null ? null : { plan, parameters };
  const emission = { generatorVersion: "0.0.0", recipe: "{}", baseName: "model", model: folded, layers, activations };
  return { ...emitQuantizedOnnx({ ...emission, packedWeights }), folded, layers, activations };
}

export function fitted({ weight, layout }: Layer, settings: SchemeSettings): QuantizedWeights {
  return findScheme(settings.scheme)!.fit(toChannelMajor(weight.values, layout), settings);
}

async function valueRanges(
  model: OnnxModel,
  values: ReadonlyMap<string, number>,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Map<string, [number, number]>> {
  const isInput = new Set(model.graph.input.map(({ name }) => name));
  const output = [...values.keys()]
    .filter((name) => !isInput.has(name))
    .map((name) => {
      const tensorType = { elemType: DataType.FLOAT };
      return create(ValueInfoProtoSchema, { name, type: { value: { case: "tensorType", value: tensorType } } });
    });
  const outputs =
    output.length === 0 ? {} : await runModel(encode({ ...model.proto, graph: { ...model.graph, output } }), feeds);
  const inputs = Object.entries(feeds).map(
    ([name, { data }]) => [name, Float32Array.from(data as Float32Array)] as const,
  );
  return new Map(
    [...inputs, ...Object.entries(outputs)].map(([name, data]) => [
      name,
      [
        data.reduce((low, value) => Math.min(low, value), Infinity),
        data.reduce((high, value) => Math.max(high, value), -Infinity),
      ],
    ]),
  );
}
