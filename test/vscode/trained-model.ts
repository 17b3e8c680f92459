/** A model that is trained anew again and again. */
import { buildModel, encode, floatTensor, node, value } from "../unit/engine/onnx/model-builder";

/** 1 MB of float weights. */
const SIDE = 512;

/** One MatMul; equal versions are equal bytes. */
export function trainedModel(version: number, side = SIDE): Uint8Array {
  const weights = Float32Array.from({ length: side * side }, (_, index) => Math.sin(index * 0.37 + version));
  return encode(
    buildModel({
      nodes: [node("MatMul", ["x", "W"], ["y"], {}, "project")],
      initializers: [floatTensor("W", [side, side], weights)],
      inputs: [value("x", [1, side])],
      outputs: [value("y", [1, side])],
    }),
  );
}
