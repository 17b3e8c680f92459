/** Smallest and largest value of every channel on calibration data. */
import { batchSize, floatsOf, runBatches, withSession, type RunControl, type Samples } from "../activations/run";
import { BitwrightError, shownName } from "../../protocol/errors";
import { GraphEdit } from "../graph/edit";
import type { OnnxModel } from "../onnx/model";
import type { Runtime } from "../runtime";
import type { GraphFacts } from "./graph-facts";
import type { Regions } from "./region";

export interface ChannelRange {
  readonly min: Float32Array;
  readonly max: Float32Array;
}

/** By value name; indexed along the axis of the channels. */
export type ChannelRanges = ReadonlyMap<string, ChannelRange>;

/**
 * Runs the calibration data once and takes the range of every value that regions, readers and makers name.
 * @throws BitwrightError data-not-finite where a value is NaN or Infinity; cancelled, runtime-failed, and what reading throws
 */
export async function observeChannels(
  model: OnnxModel,
  { regions, readers, makers }: Regions,
  facts: GraphFacts,
  runtime: Runtime,
  samples: Samples,
  control: RunControl = {},
): Promise<ChannelRanges> {
  const axes = new Map<string, number>();
  for (const { values } of regions) for (const { name, axis } of values) axes.set(name, axis);
  for (const { input, axis } of readers) axes.set(input, axis);
  for (const { point, axis } of makers) axes.set(point, axis);
  const edit = new GraphEdit(model);
  const observed = [...axes].flatMap(([name, axis]) => {
    const dims = facts.dims.get(name);
    if (dims === undefined) return [];
    const others = dims.map((_, index) => index).filter((index) => index !== axis);
    const [min, max] = (["ReduceMin", "ReduceMax"] as const).map((operator) => edit.reduce(operator, name, others));
    edit.addOutput(min);
    edit.addOutput(max);
    const range = {
      min: new Float32Array(dims[axis]).fill(Infinity),
      max: new Float32Array(dims[axis]).fill(-Infinity),
    };
    return [{ name, min, max, range }];
  });
  if (observed.length === 0) return new Map();
  const dims = new Map([...axes.keys()].map((name) => [name, facts.dims.get(name) ?? []]));
  const batch = batchSize({ dims, samples: samples.fixedBatch ?? 1 }, samples);
  await withSession(runtime, edit.encode(), (session) =>
    runBatches(session, samples, batch, control, (outputs) => {
      for (const { name, min, max, range } of observed) {
        lower(range.min, floatsOf(outputs, min), name);
        raise(range.max, floatsOf(outputs, max), name);
      }
    }),
  );
  return new Map(observed.map(({ name, range }) => [name, range]));
}

function lower(target: Float32Array, values: Float32Array, name: string): void {
  for (let i = 0; i < target.length; i++) {
    if (!Number.isFinite(values[i])) throw notFinite(name);
    if (values[i] < target[i]) target[i] = values[i];
  }
}

function raise(target: Float32Array, values: Float32Array, name: string): void {
  for (let i = 0; i < target.length; i++) {
    if (!Number.isFinite(values[i])) throw notFinite(name);
    if (values[i] > target[i]) target[i] = values[i];
  }
}

function notFinite(name: string): BitwrightError {
  return new BitwrightError(
    "data-not-finite",
    `the value "${shownName(name)}" becomes NaN or Infinity on the calibration data`,
    "Check the preprocessing of the data",
  );
}
