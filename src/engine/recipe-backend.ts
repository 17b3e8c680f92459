/** What generated inference, and its back ends, allow. */
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

/** What only generated inference has. */
const INFERENCE_FIELDS = ["selfTest", "ram", "flash"] as const;

/** @throws BitwrightError recipe-invalid where the library cannot round so, or what is asked for goes into nothing that is written */
export function checkBackend({ output }: Recipe, label: (field: string) => string): void {
  const unread = output.emit.includes("inference") ? undefined : INFERENCE_FIELDS.find((field) => field in output);
  if (unread !== undefined) {
    throw new BitwrightError(
      "recipe-invalid",
      "it is about inference in integers, which is not among what is written",
      'Add inference to what is written ("emit"), or leave it out',
      { field: label(`output.${unread}`) },
    );
  }
  if (output.backend !== "cmsis-nn" || output.requantization !== "onnxruntime") return;
  throw new BitwrightError(
    "recipe-invalid",
    "CMSIS-NN does not round as ONNX Runtime does",
    "Choose tflite, or cmsis-single for a library that is compiled with CMSIS_NN_USE_SINGLE_ROUNDING",
    { field: label("output.requantization") },
  );
}
