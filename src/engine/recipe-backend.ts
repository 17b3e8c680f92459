/** What a back end of generated inference allows. */
import { BitwrightError } from "../protocol/errors";
import type { Recipe } from "./recipe";

/** CMSIS-NN cannot round as ONNX Runtime does; where nothing is said it rounds as it is compiled when nothing is said to it. */
export function withBackendRequantization(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("output" in value)) return value;
  const { output } = value;
  if (typeof output !== "object" || output === null || !("backend" in output) || "requantization" in output)
    return value;
  return output.backend === "cmsis-nn" ? { ...value, output: { ...output, requantization: "tflite" } } : value;
}

/** @throws BitwrightError recipe-invalid */
export function checkBackend({ output }: Recipe, label: (field: string) => string): void {
  if (output.backend !== "cmsis-nn" || output.requantization !== "onnxruntime") return;
  throw new BitwrightError(
    "recipe-invalid",
    "CMSIS-NN does not round as ONNX Runtime does",
    "Choose tflite, or cmsis-single for a library that is compiled with CMSIS_NN_USE_SINGLE_ROUNDING",
    { field: label("output.requantization") },
  );
}
