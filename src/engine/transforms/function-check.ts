/** Whether a transformed model still computes what the original does. */
import { BitwrightError } from "../../protocol/errors";
import { floatsOf, runBatch, withSession, type RunControl, type Samples } from "../activations/run";
import { dataTypes } from "../activations/value-types";
import { Constants } from "../graph/constants";
import { GraphEdit } from "../graph/edit";
import { GraphIndex } from "../graph/graph";
import { DataType } from "../onnx/data-types";
import type { OnnxModel } from "../onnx/model";
import type { Runtime } from "../runtime";

/** Largest relative difference that rounding explains. */
export const MAX_RELATIVE_DIFFERENCE = 1e-4;

const MAX_BATCH = 16;

/**
 * The largest relative difference `√(Σ(y − y')² / Σy²)` of any output, over all samples; 0 for outputs that are zero in
 * both models, Infinity where the transformed one is not finite or only the original is zero. In place of an output that is
 * not float32 (a class, a Cast) the float32 values that it is made of are compared.
 * @throws BitwrightError cancelled, runtime-failed, and what reading throws
 */
export async function relativeDifference(
  original: OnnxModel,
  transformed: OnnxModel,
  runtime: Runtime,
  samples: Samples,
  control: RunControl = {},
): Promise<number> {
  const outputs = comparedValues(original);
  if (outputs.length === 0) return 0;
  const encoded = (model: OnnxModel) => {
    const edit = new GraphEdit(model);
    for (const output of outputs) edit.addOutput(output);
    return edit.encode();
  };
  const signal = new Map(outputs.map((name) => [name, 0]));
  const noise = new Map(outputs.map((name) => [name, 0]));
  const batch = samples.fixedBatch ?? Math.min(MAX_BATCH, samples.count);
  await withSession(runtime, encoded(original), (reference) =>
    withSession(runtime, encoded(transformed), async (session) => {
      for (let start = 0; start < samples.count; start += batch) {
        if (control.cancelled?.() === true) throw new BitwrightError("cancelled", "the work was cancelled", "");
        const tensors = await samples.read(start, Math.min(batch, samples.count - start));
        const expected = await runBatch(reference, tensors);
        const found = await runBatch(session, tensors);
        for (const name of outputs) {
          const [power, error] = powers(floatsOf(expected, name), floatsOf(found, name));
          signal.set(name, signal.get(name)! + power);
          noise.set(name, noise.get(name)! + error);
        }
        await control.progress?.(Math.min(start + batch, samples.count), samples.count);
      }
    }),
  );
  return outputs.reduce((most, name) => Math.max(most, ratio(noise.get(name)!, signal.get(name)!)), 0);
}

/**
 * @param difference as relativeDifference returns it
 * @throws BitwrightError internal where the difference is more than rounding explains
 */
export function checkPreserved(difference: number): void {
  if (difference <= MAX_RELATIVE_DIFFERENCE) return;
  throw new BitwrightError(
    "internal",
    `the transformed model differs from the original by ${difference.toPrecision(2)} of its output, more than rounding explains`,
    "Quantize without equalization, and please report it with the model's structure",
  );
}

/** These read values whose channels may be scaled, and make the same of them. */
const READS_SCALED: readonly string[] = ["Shape", "Size", "MaxPool"];

function comparedValues(model: OnnxModel): string[] {
  const index = new GraphIndex(model.graph);
  const types = dataTypes(model, index, new Constants(model, index));
  const compared = new Set<string>();
  const visited = new Set<string>();
  const pending = model.graph.output.map(({ name }) => name);
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (visited.has(value)) continue;
    visited.add(value);
    const producer = index.producer(value);
    if (types.get(value) === DataType.FLOAT) compared.add(value);
    else if (producer !== undefined && !READS_SCALED.includes(producer.opType)) pending.push(...producer.input);
  }
  return [...compared].filter((name) => index.producer(name) !== undefined);
}

function powers(expected: Float32Array, found: Float32Array): [number, number] {
  let power = 0;
  let error = 0;
  for (let i = 0; i < expected.length; i++) {
    power += expected[i] ** 2;
    error += (expected[i] - found[i]) ** 2;
  }
  return [power, error];
}

function ratio(noise: number, signal: number): number {
  if (noise === 0) return 0;
  return Number.isFinite(noise) && signal > 0 ? Math.sqrt(noise / signal) : Infinity;
}
