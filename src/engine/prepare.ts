/** From bytes to layers: decoding, folding, and what may be quantized. */
import { foldBatchNormalization, type FoldedBatchNormalization } from "./graph/fold-batch-normalization";
import type { Layer, Unquantizable } from "./graph/layer";
import { withInputShapes, type InputShapes } from "./graph/input-shapes";
import { findLayers } from "./graph/layers";
import type { ModelSource } from "./model-source";
import { decodeModel } from "./onnx/decode";
import type { OnnxModel } from "./onnx/model";

export interface PreparedModel {
  /** As the file has it, but for dimensions of inputs that were open and are given. */
  readonly original: OnnxModel;
  /** Batch normalizations folded; what everything after works on. */
  readonly model: OnnxModel;
  readonly folds: readonly FoldedBatchNormalization[];
  readonly layers: readonly Layer[];
  readonly unquantizable: readonly Unquantizable[];
  /** Elements of all constant float tensors of the original. */
  readonly parameters: number;
}

/** @throws BitwrightError what decoding, fixing dimensions, folding and finding layers throw */
export function prepare(source: ModelSource, inputShapes: InputShapes = {}): PreparedModel {
  const original = withInputShapes(decodeModel(source), inputShapes);
  const { parameters } = findLayers(original);
  const { model, folds } = foldBatchNormalization(original);
  const { layers, unquantizable } = findLayers(model, folds);
  return { original, model, folds, layers, unquantizable, parameters };
}

/** The same model after its weights and biases were changed: its layers found again under the same names. */
export function withModel(prepared: PreparedModel, model: OnnxModel): PreparedModel {
  return model === prepared.model ? prepared : { ...prepared, model, layers: findLayers(model, prepared.folds).layers };
}
