import { buildModel, encode, floatTensor, node, value } from "../../unit/engine/onnx/model-builder";

const ROWS = 5_000;
const COLUMNS = 5_120;

export const LARGE_MODEL_PARAMETERS = ROWS * COLUMNS;

/** An ONNX model of about 100 MB: one MatMul whose weights are zero but for every sixteenth. */
export function largeModel(): Uint8Array {
  const weights = new Float32Array(LARGE_MODEL_PARAMETERS);
  for (let index = 0; index < weights.length; index += 16) weights[index] = Math.sin(index);
  return encode(
    buildModel({
      nodes: [node("MatMul", ["x", "W"], ["y"], {}, "project")],
      initializers: [floatTensor("W", [ROWS, COLUMNS], weights)],
      inputs: [value("x", [1, ROWS])],
      outputs: [value("y", [1, COLUMNS])],
    }),
  );
}
