/** Models run by ONNX Runtime itself, with or without its integer kernels. */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { randomValues } from "./model-builder";

export type Outputs = Readonly<Record<string, Float32Array>>;

/** @param integerKernels whether nodes between DequantizeLinear and QuantizeLinear run on codes; else all runs in float */
export async function runModel(
  model: Uint8Array,
  feeds: Readonly<Record<string, Tensor>>,
  integerKernels = true,
): Promise<Outputs> {
  const session = await InferenceSession.create(model, {
    logSeverityLevel: 3,
    extra: { session: { disable_quant_qdq: integerKernels ? "0" : "1" } },
  });
  try {
    const outputs = await session.run({ ...feeds });
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data }]) => [name, Float32Array.from(data as Iterable<number>, Number)]),
    );
  } finally {
    await session.release();
  }
}

/** Seeded values in [-1, 1). */
export function randomFeed(dims: readonly number[], seed: number): Tensor {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return new Tensor("float32", randomValues(count, seed), dims);
}

/** Largest distance of two outputs, of all of them. */
export function largestDifference(a: Outputs, b: Outputs): number {
  let largest = Object.keys(a).join() === Object.keys(b).join() ? 0 : Infinity;
  for (const [name, values] of Object.entries(a)) {
    const others = b[name] ?? [];
    if (others.length !== values.length) return Infinity;
    values.forEach((value, i) => (largest = Math.max(largest, value === others[i] ? 0 : Math.abs(value - others[i]))));
  }
  return largest;
}

/** SQNR in dB of values against what they should be. */
export function sqnrDb(signal: Float32Array, approximation: Float32Array): number {
  let power = 0;
  let noise = 0;
  signal.forEach((value, i) => {
    power += value ** 2;
    noise += (value - approximation[i]) ** 2;
  });
  return 10 * Math.log10(power / noise);
}
