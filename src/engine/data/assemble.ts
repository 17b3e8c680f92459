/** One data set out of the samples of every model input. */
import { BitwrightError, shownName } from "../../protocol/errors";
import type { RuntimeTensor } from "../runtime";
import type { Dataset } from "./dataset";
import type { InputReader } from "./input-reader";
import { DEFAULT_SAMPLES } from "./settings";

export interface DatasetParts {
  /** By input name, in the order of the model. */
  readonly readers: ReadonlyMap<string, InputReader>;
  /** Of all samples in the data; null without labels. */
  readonly labels: Int32Array | null;
  readonly notes: readonly string[];
  /** As asked for; undefined takes the first `usualSamples`, or all where there are fewer. */
  readonly samples: number | undefined;
  /** `DEFAULT_SAMPLES` where left out. */
  readonly usualSamples?: number;
}

/**
 * Checks the parts against each other and joins them.
 * @throws BitwrightError data-shape, data-too-few, data-constant, data-not-finite, labels-invalid
 */
export async function assembleDataset({
  readers,
  labels,
  notes,
  samples,
  usualSamples = DEFAULT_SAMPLES,
}: DatasetParts): Promise<Dataset> {
  const available = commonCount(readers);
  if (labels !== null && labels.length !== available) {
    throw new BitwrightError(
      "labels-invalid",
      `expected ${available} labels, one a sample, got ${labels.length}`,
      "Give the labels that belong to the data",
      { field: "labels" },
    );
  }
  const fixedBatch = commonBatch(readers);
  const count = sampleCount(available, samples, usualSamples, fixedBatch);
  const allNotes = [...notes, ...[...readers.values()].flatMap((reader) => reader.notes)];
  if (count < available) allNotes.push(`The first ${count} of ${available} samples are used`);
  allNotes.push(...(await constantInputs(readers, count)));
  const used = labels?.subarray(0, count) ?? null;
  if (used !== null && count > 1 && used.every((label) => label === used[0])) {
    allNotes.push(`All ${count} samples are of class ${used[0]}`);
  }
  return {
    count,
    notes: allNotes,
    labels: used,
    random: false,
    fixedBatch,
    read: (start, length) => {
      checkRange(start, length, count, fixedBatch);
      return readAll(readers, start, length);
    },
    close: async () => {
      for (const reader of readers.values()) await reader.close();
    },
  };
}

/**
 * Guards a call of `Dataset.read`.
 * @throws BitwrightError internal: no data a user gives leads here
 */
export function checkRange(start: number, length: number, count: number, fixedBatch: number | null): void {
  if (start >= 0 && length >= 1 && start + length <= count && (fixedBatch === null || length === fixedBatch)) return;
  throw new BitwrightError("internal", `samples ${start} to ${start + length} of ${count} cannot be read`, "");
}

async function readAll(
  readers: ReadonlyMap<string, InputReader>,
  start: number,
  length: number,
): Promise<Record<string, RuntimeTensor>> {
  const feeds: [string, RuntimeTensor][] = [];
  for (const [name, reader] of readers) feeds.push([name, await reader.read(start, length)]);
  return Object.fromEntries(feeds);
}

function commonCount(readers: ReadonlyMap<string, InputReader>): number {
  let first: { readonly name: string; readonly count: number } | undefined;
  for (const [name, { count }] of readers) {
    first ??= { name, count };
    if (count === first.count) continue;
    throw new BitwrightError(
      "data-shape",
      `expected ${first.count} samples as for input "${shownName(first.name)}", got ${count}`,
      "Give every input the same number of samples",
      { field: `input "${shownName(name)}"` },
    );
  }
  return first?.count ?? 0;
}

/** The batch that all inputs together fix; an input that leaves it open follows. */
function commonBatch(readers: ReadonlyMap<string, InputReader>): number | null {
  let common: number | null = null;
  for (const [name, { fixedBatch }] of readers) {
    if (fixedBatch === null || fixedBatch === common) continue;
    if (common !== null) {
      throw new BitwrightError(
        "data-shape",
        `the model takes ${fixedBatch} samples here and ${common} at another input`,
        "Export the model with one batch size",
        { field: `input "${shownName(name)}"` },
      );
    }
    common = fixedBatch;
  }
  return common;
}

function sampleCount(available: number, samples: number | undefined, usual: number, fixedBatch: number | null): number {
  const wanted = samples ?? Math.min(available, usual);
  const whole = wanted - (wanted % (fixedBatch ?? 1));
  if (available >= wanted && whole >= 1) return whole;
  const least = fixedBatch === null || fixedBatch === 1 ? "" : `, at least the ${fixedBatch} of one run`;
  throw new BitwrightError(
    "data-too-few",
    `expected ${samples ?? 1} or more samples${least}, got ${available}`,
    "Give more data, or ask for fewer samples",
    { field: "samples" },
  );
}

/** A constant input is worth a note where others vary, and an error where none does. */
async function constantInputs(readers: ReadonlyMap<string, InputReader>, count: number): Promise<string[]> {
  const constant: [string, InputReader][] = [];
  for (const entry of readers) if (await entry[1].isConstant(count)) constant.push(entry);
  if (constant.length === readers.size) {
    throw new BitwrightError(
      "data-constant",
      `expected values that vary, got one and the same in all ${count} samples`,
      "Give samples as the model will meet them",
      constant.at(0)?.[1].place,
    );
  }
  return constant.map(([name]) => `Input "${shownName(name)}": all samples hold one and the same value`);
}
