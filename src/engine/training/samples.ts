/** Samples in any order, with what the network is to answer. */
import type { Dataset } from "../data/dataset";
import type { RuntimeTensor, RuntimeTensors } from "../runtime";

/** Samples of a network, one tensor an input. */
export type SampleSource = Pick<Dataset, "count" | "fixedBatch" | "read">;

/** What a network is to answer: a class for each sample, or so many numbers. */
export type Targets =
  | { readonly kind: "classes"; readonly classes: Int32Array }
  | { readonly kind: "values"; readonly values: Float32Array; readonly dims: readonly number[] };

/** Samples of up to so many bytes are kept in memory; more are read again for every step. */
const BYTES_IN_MEMORY = 2 ** 30;

/** Samples read at a time where the model takes any number of them. */
const SLICE = 256;

type Elements = RuntimeTensor["data"];

interface StoredInput {
  readonly name: string;
  readonly type: string;
  /** Of one sample. */
  readonly dims: readonly number[];
  /** Of all samples, one after the other. */
  readonly elements: Elements;
  readonly size: number;
}

/** Reads batches in any order, from memory where all samples fit. */
export class SampleReader {
  readonly count: number;
  readonly fixedBatch: number | null;
  private readonly buffers = new Map<string, Elements>();

  private constructor(
    private readonly source: SampleSource,
    private readonly stored: readonly StoredInput[] | null,
  ) {
    this.count = source.count;
    this.fixedBatch = source.fixedBatch;
  }

  /** @throws BitwrightError what reading throws */
  static async open(source: SampleSource): Promise<SampleReader> {
    const unit = source.fixedBatch ?? 1;
    const first = await source.read(0, unit);
    const bytes = Object.values(first).reduce((sum, { data }) => sum + data.byteLength, 0);
    if (unit !== 1 || (bytes * source.count) / unit > BYTES_IN_MEMORY) return new SampleReader(source, null);
    const stored = Object.entries(first).map(([name, { type, dims, data }]): StoredInput => {
      return {
        name,
        type,
        dims: dims.slice(1),
        elements: allocate(data, data.length * source.count),
        size: data.length,
      };
    });
    const slice = source.fixedBatch ?? SLICE;
    for (let start = 0; start < source.count; start += slice) {
      const read = await source.read(start, Math.min(slice, source.count - start));
      for (const { name, elements, size } of stored)
        copy(read[name].data, 0, read[name].data.length, elements, start * size);
    }
    return new SampleReader(source, stored);
  }

  /** One that keeps nothing in memory. */
  static readingAgain(source: SampleSource): SampleReader {
    return new SampleReader(source, null);
  }

  /**
   * The samples of these numbers.
   * @param indices where the model fixes the batch, as many as it takes, in a row
   * @returns tensors that the next call may write over
   */
  async batch(indices: Uint32Array): Promise<RuntimeTensors> {
    if (this.stored === null) return this.readBatch(indices);
    const tensors = this.stored.map(({ name, type, dims, elements, size }): [string, RuntimeTensor] => {
      const data = this.buffer(name, elements, indices.length * size);
      gather(elements, size, indices, data);
      return [name, { type, dims: [indices.length, ...dims], data }];
    });
    return Object.fromEntries(tensors);
  }

  /** One buffer an input, made anew only where the batch has another size. */
  private buffer(name: string, like: Elements, length: number): Elements {
    const known = this.buffers.get(name);
    if (known?.length === length) return known;
    const made = allocate(like, length);
    this.buffers.set(name, made);
    return made;
  }

  private async readBatch(indices: Uint32Array): Promise<RuntimeTensors> {
    if (this.fixedBatch !== null && this.fixedBatch > 1) return this.source.read(indices[0], indices.length);
    const samples: RuntimeTensors[] = [];
    for (const index of indices) samples.push(await this.source.read(index, 1));
    const joined = Object.entries(samples[0]).map(([name, { type, dims, data }]): [string, RuntimeTensor] => {
      const all = allocate(data, indices.length * data.length);
      samples.forEach((sample, i) => copy(sample[name].data, 0, data.length, all, i * data.length));
      return [name, { type, dims: [indices.length, ...dims.slice(1)], data: all }];
    });
    return Object.fromEntries(joined);
  }
}

/**
 * About so many of the samples, at equal distances: files often hold one class after the other.
 * @param wanted fewer where there are fewer; at least one whole batch where the model fixes it
 */
export function spreadSamples(source: SampleSource, wanted: number): SampleSource {
  const { fixedBatch } = source;
  const unit = fixedBatch ?? 1;
  const units = Math.floor(source.count / unit);
  const taken = Math.min(units, Math.max(1, Math.floor(wanted / unit)));
  const reader = SampleReader.readingAgain(source);
  const numberOf = (sample: number): number =>
    Math.floor((Math.floor(sample / unit) * units) / taken) * unit + (sample % unit);
  return {
    count: taken * unit,
    fixedBatch,
    read: (start, length) => reader.batch(Uint32Array.from({ length }, (_, i) => numberOf(start + i))),
  };
}

/** The targets of these samples. */
export function targetBatch(targets: Targets, indices: Uint32Array): RuntimeTensor {
  if (targets.kind === "classes") {
    const { classes } = targets;
    const data = BigInt64Array.from(indices, (index) => BigInt(classes[index]));
    return { type: "int64", dims: [indices.length], data };
  }
  const { values, dims } = targets;
  const size = dims.reduce((product, dim) => product * dim, 1);
  const data = new Float32Array(indices.length * size);
  indices.forEach((index, i) => data.set(values.subarray(index * size, (index + 1) * size), i * size));
  return { type: "float32", dims: [indices.length, ...dims], data };
}

function allocate(like: Elements, length: number): Elements {
  if (like instanceof Float32Array) return new Float32Array(length);
  if (like instanceof Float64Array) return new Float64Array(length);
  if (like instanceof Int8Array) return new Int8Array(length);
  if (like instanceof Uint8Array) return new Uint8Array(length);
  if (like instanceof Int16Array) return new Int16Array(length);
  if (like instanceof Uint16Array) return new Uint16Array(length);
  if (like instanceof Int32Array) return new Int32Array(length);
  if (like instanceof Uint32Array) return new Uint32Array(length);
  return like instanceof BigInt64Array ? new BigInt64Array(length) : new BigUint64Array(length);
}

/** Both of one type. */
function copy(from: Elements, start: number, end: number, to: Elements, at: number): void {
  const width = from.BYTES_PER_ELEMENT;
  bytesOf(to).set(bytesOf(from).subarray(start * width, end * width), at * width);
}

/** Copies the samples of these numbers, of so many elements each; both arrays are of one type. */
function gather(from: Elements, size: number, indices: Uint32Array, to: Elements): void {
  const [source, target] = [bytesOf(from), bytesOf(to)];
  const bytes = size * from.BYTES_PER_ELEMENT;
  for (let i = 0; i < indices.length; i++) {
    const start = indices[i] * bytes;
    target.set(source.subarray(start, start + bytes), i * bytes);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Elements): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
