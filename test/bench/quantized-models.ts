/** The quantized ONNX models of one file in every form that the operator sets bring, with ranges that suit no data: for the checker. */
import { activationParameters, type ActivationSettings } from "../../src/engine/activations/parameters";
import { planActivations } from "../../src/engine/activations/plan";
import { emitQuantizedOnnx } from "../../src/engine/emit/qdq/quantized-onnx";
import { foldBatchNormalization } from "../../src/engine/graph/fold-batch-normalization";
import { toChannelMajor } from "../../src/engine/graph/layout";
import { findLayers } from "../../src/engine/graph/layers";
import { decodeModel } from "../../src/engine/onnx/decode";
import { encodeModel } from "../../src/engine/onnx/encode";
import { upgradeOpset } from "../../src/engine/onnx/upgrade/upgrade";
import { findScheme } from "../../src/engine/schemes/registry";
import { nonFinite } from "../../src/engine/quantize-layers";
import type { ModelSource } from "../../src/engine/model-source";
import type { SchemeSettings } from "../../src/engine/schemes/scheme";

const WEIGHTS: SchemeSettings = {
  scheme: "symmetric",
  bits: 8,
  granularity: "channel",
  clip: "max",
  rounding: "half-even",
};

interface Form {
  readonly name: string;
  readonly weights: Partial<SchemeSettings>;
  readonly activations: ActivationSettings | null;
}

const AFFINE_8: ActivationSettings = { scheme: "affine", bits: 8 };

const FORMS: readonly Form[] = [
  { name: "int8", weights: {}, activations: AFFINE_8 },
  { name: "uint8", weights: { scheme: "affine" }, activations: { scheme: "ceil", bits: 8 } },
  { name: "weights", weights: { granularity: "tensor" }, activations: null },
  { name: "int16", weights: { bits: 16 }, activations: { scheme: "symmetric", bits: 16 } },
  { name: "int4", weights: { bits: 4 }, activations: AFFINE_8 },
  { name: "blocks", weights: { scheme: "block", granularity: "block", blockSize: 8, bits: 4 }, activations: AFFINE_8 },
  { name: "int2", weights: { bits: 2 }, activations: AFFINE_8 },
];

/** Name and bytes of every form, and of the float model, where it is one file, at every operator set. */
export function quantizedModels(source: ModelSource): { readonly name: string; readonly bytes: Uint8Array }[] {
  const decoded = decodeModel(source);
  const { model, folds } = foldBatchNormalization(decoded);
  const { layers } = findLayers(model, folds);
  const plan = planActivations(model, layers);
  const usable = layers.filter((layer) => nonFinite(layer) === null);
  const isOneFile = decoded.graph.initializer.every(({ externalData }) => externalData.length === 0);
  const upgraded = (isOneFile ? ([13, 21, 25] as const) : []).map((opset) => ({
    name: `opset${opset}`,
    bytes: encodeModel(upgradeOpset(decoded, opset)),
  }));
  const quantized = FORMS.map(({ name, weights, activations }) => {
    const settings = { ...WEIGHTS, ...weights };
    const fitted = usable.map((layer) => ({
      layer,
      quantized: findScheme(settings.scheme)!.fit(toChannelMajor(layer.weight.values, layer.layout), settings),
    }));
    const parameters = plan.groups.map(() => activationParameters(activations ?? AFFINE_8, -8, 8));
    const { artifact } = emitQuantizedOnnx({
      generatorVersion: "bench",
      recipe: "{}",
      baseName: name,
      model,
      layers: fitted,
      activations: activations === null ? null : { plan, parameters },
      packedWeights: true,
    });
    return { name, bytes: artifact.bytes };
  });
  return [...upgraded, ...quantized];
}
