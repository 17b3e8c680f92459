/** Running edited graphs over a data set, a few samples at a time. */
import { BitwrightError } from "../../protocol/errors";
import type { Dataset } from "../data/dataset";
import { GraphEdit } from "../graph/edit";
import { DataType } from "../onnx/data-types";
import type { OnnxModel } from "../onnx/model";
import { elementCount } from "../onnx/tensor";
import type { Runtime, RuntimeSession, RuntimeTensor, SessionOptions } from "../runtime";

/** What measuring needs of a data set. */
export type Samples = Pick<Dataset, "count" | "fixedBatch" | "read">;

export interface RunControl {
  /** Called, and waited for, with the number of samples that are done. */
  readonly progress?: (done: number, count: number) => void | Promise<void>;
  /** Asked between batches; true ends the work. */
  readonly cancelled?: () => boolean;
}

/** Elements of all observed values of one batch: bounds memory, and keeps what is observed in the processor's cache. */
const ELEMENTS_PER_BATCH = 4 * 1024 * 1024;
const MAX_BATCH = 64;

/** Dimensions of values when one batch of the smallest size runs. */
export interface ProbedShapes {
  readonly dims: ReadonlyMap<string, readonly number[]>;
  /** Samples that were run. */
  readonly samples: number;
}

/**
 * Runs the model on the first sample to learn the dimensions of values.
 * @throws BitwrightError runtime-failed, and what reading throws
 */
export async function probeShapes(
  model: OnnxModel,
  values: readonly string[],
  runtime: Runtime,
  samples: Samples,
): Promise<ProbedShapes> {
  const edit = new GraphEdit(model);
  const shapes = values.map((value) => edit.add("Shape", [value]));
  for (const shape of shapes) edit.addOutput(shape, DataType.INT64);
  const batch = samples.fixedBatch ?? 1;
  if (values.length === 0) return { dims: new Map(), samples: batch };
  return withSession(runtime, edit.encode(), async (session) => {
    const outputs = await runBatch(session, await samples.read(0, batch));
    const dims = new Map(values.map((value, index) => [value, Array.from(outputs[shapes[index]].data, Number)]));
    return { dims, samples: batch };
  });
}

/** Samples a batch so that the observed values together stay small; the model's own number where it is fixed. */
export function batchSize({ dims, samples }: ProbedShapes, { fixedBatch, count }: Samples): number {
  if (fixedBatch !== null) return fixedBatch;
  const elements = [...dims.values()].reduce((sum, value) => sum + elementCount(value), 0) / samples;
  const fitting = Math.floor(ELEMENTS_PER_BATCH / Math.max(1, elements));
  return Math.max(1, Math.min(MAX_BATCH, fitting, count));
}

/**
 * Runs a graph over all samples in batches.
 * @param visit gets the outputs, the first sample's number and how many samples there are
 * @param sessionOf another session for the batch that begins with a sample
 * @throws BitwrightError cancelled, runtime-failed, and what reading throws
 */
export async function runBatches(
  session: RuntimeSession,
  samples: Samples,
  batch: number,
  control: RunControl,
  visit: (outputs: Record<string, RuntimeTensor>, start: number, count: number) => void,
  sessionOf: (start: number) => RuntimeSession = () => session,
): Promise<void> {
  for (let start = 0; start < samples.count; start += batch) {
    if (control.cancelled?.() === true) throw new BitwrightError("cancelled", "the work was cancelled", "");
    const count = Math.min(batch, samples.count - start);
    const outputs = await runBatch(sessionOf(start), await samples.read(start, count));
    visit(outputs, start, count);
    await control.progress?.(start + count, samples.count);
  }
}

/** Creates a session for the time of the work; one for rounded activations unless told otherwise. */
export async function withSession<T>(
  runtime: Runtime,
  model: Uint8Array,
  work: (session: RuntimeSession) => Promise<T>,
  options: SessionOptions = { keepsRounding: true },
): Promise<T> {
  const session = await runtime.createSession(model, options);
  try {
    return await work(session);
  } finally {
    await session.release();
  }
}

/** Runs a session on one batch of a data set; edited graphs can do without some of the model's inputs. */
export async function runBatch(
  session: RuntimeSession,
  tensors: Readonly<Record<string, RuntimeTensor>>,
): Promise<Record<string, RuntimeTensor>> {
  return session.run(Object.fromEntries(session.inputNames.map((name) => [name, tensors[name]])));
}

/** The values of a float output. */
export function floatsOf(outputs: Readonly<Record<string, RuntimeTensor>>, name: string): Float32Array {
  return floatData(outputs[name]);
}

export function floatData({ data }: RuntimeTensor): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new BitwrightError("runtime-failed", "ONNX Runtime returned another type than float", "");
}
