/** Tensors whose bytes are in files beside the model: where they are, and each range read once. */
import { TensorProto_DataLocation as DataLocation, type TensorProto } from "onnx-buf";
import { BitwrightError } from "../../protocol/errors";
import type { ModelSource } from "../model-source";
import { storedElementBytes } from "./data-types";
import { elementCount } from "./tensor";
import { tensorDims, tensorPlace } from "./tensor-shape";

/** Bytes read from external files in all. */
const MAX_EXTERNAL_BYTES = 4 * 1024 * 1024 * 1024;

/** Bytes read more than once. Against many tensors that name ranges of one file, each a little further than the last; exporters write them side by side. */
const MAX_OVERLAP_BYTES = 64 * 1024 * 1024;

const MAX_OFFSET_DIGITS = 15;

export interface ExternalRange {
  /** As the model writes it: hostile. */
  readonly location: string;
  readonly offset: number;
  /** Undefined: to the end of the file. */
  readonly length: number | undefined;
}

/**
 * Where the bytes of a tensor are; null where they are in the model. The length is the declared one, else what the shape needs,
 * for types that are stored in whole bytes.
 *
 * @throws BitwrightError external-data-missing where no file is named, external-data-range for offsets and lengths that are
 *   not byte counts, tensor-shape
 */
export function externalRange(tensor: TensorProto): ExternalRange | null {
  if (tensor.dataLocation !== DataLocation.EXTERNAL) return null;
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get("location") ?? "";
  if (location === "") {
    throw new BitwrightError(
      "external-data-missing",
      "the tensor's data is said to be in another file, and no file is named",
      "Save the model again with its external data",
      tensorPlace(tensor),
    );
  }
  const offset = byteCount(tensor, "offset", entries.get("offset") ?? "0");
  const declared = entries.get("length");
  if (declared !== undefined) return { location, offset, length: byteCount(tensor, "length", declared) };
  const size = storedElementBytes(tensor.dataType);
  return { location, offset, length: size === undefined ? undefined : size * elementCount(tensorDims(tensor)) };
}

/** A range that was read, and the SHA-256 of its bytes, 64 lower-case hexadecimal digits. */
export interface ExternalDigest {
  /** Path relative to the model, as plain as it can be written. */
  readonly location: string;
  readonly offset: number;
  readonly length: number;
  readonly sha256: string;
}

/** Equal for ranges of the same bytes. */
export function rangeKey({ location, offset, length }: ExternalRange): string {
  return JSON.stringify([plainPath(location), offset, length ?? null]);
}

/** A model's files, read once: equal ranges of external data are the same bytes in memory. */
export class ModelFiles implements ModelSource {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
  private readonly ranges = new Map<string, ExternalBytes>();
  private readonly covered = new Map<string, CoveredBytes>();
  private overlap = 0;
  private external = 0;

  constructor(private readonly source: ModelSource) {
    this.name = source.name;
    this.bytes = source.bytes;
    this.sha256 = source.sha256;
  }

  /** Bytes of the model and of all distinct ranges that were read. */
  get bytesRead(): number {
    return this.bytes.length + this.external;
  }

  /** @throws BitwrightError what the source throws; model-too-complex beyond 4 GiB, or where ranges overlap out of proportion */
  readExternal(location: string, offset: number, length: number | undefined): Uint8Array {
    const key = rangeKey({ location, offset, length });
    const known = this.ranges.get(key);
    if (known !== undefined) return known.bytes;
    if (length !== undefined) this.charge(location, offset, length);
    const bytes = this.source.readExternal(location, offset, length);
    if (length === undefined) this.charge(location, offset, bytes.length);
    this.ranges.set(key, { location, offset, bytes });
    return bytes;
  }

  /**
   * What was read of external data so far: a result that was made of the model holds for as long as these ranges have these
   * digests. Each range once, by location, offset and length.
   *
   * @param sha256 as of {@link ModelSource.sha256}
   */
  externalData(sha256: (bytes: Uint8Array) => string): ExternalDigest[] {
    const digests = Array.from(this.ranges.values(), ({ location, offset, bytes }) => ({
      location: plainPath(location),
      offset,
      length: bytes.length,
      sha256: sha256(bytes),
    }));
    return digests.sort(
      (a, b) =>
        Number(a.location > b.location) - Number(a.location < b.location) || a.offset - b.offset || a.length - b.length,
    );
  }

  /** SHA-256 over the model and what was read of external data so far; the model's own where that is nothing. */
  digest(sha256: (bytes: Uint8Array) => string): string {
    const external = this.externalData(sha256);
    if (external.length === 0) return this.sha256;
    const lines = external.map((range) => [range.location, range.offset, range.length, range.sha256]);
    return sha256(new TextEncoder().encode(JSON.stringify([this.sha256, lines])));
  }

  private charge(location: string, offset: number, length: number): void {
    const path = plainPath(location);
    const covered = this.covered.get(path) ?? new CoveredBytes();
    this.covered.set(path, covered);
    this.overlap += covered.add(offset, offset + length);
    this.external += length;
    if (this.external > MAX_EXTERNAL_BYTES) throw tooComplex("its external data is more than 4 GiB");
    if (this.overlap > MAX_OVERLAP_BYTES) throw tooComplex("many of its tensors share parts of their external data");
  }
}

interface ExternalBytes {
  readonly location: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Disjoint ranges of bytes in ascending order. */
class CoveredBytes {
  private readonly ranges: { start: number; end: number }[] = [];

  /** Takes in one more range and returns how many of its bytes were covered before. */
  add(start: number, end: number): number {
    let first = this.firstEndingAfter(start);
    let before = 0;
    let [mergedStart, mergedEnd] = [start, end];
    const from = first;
    for (; first < this.ranges.length && this.ranges[first].start <= end; first++) {
      const range = this.ranges[first];
      before += Math.min(end, range.end) - Math.max(start, range.start);
      mergedStart = Math.min(mergedStart, range.start);
      mergedEnd = Math.max(mergedEnd, range.end);
    }
    this.ranges.splice(from, first - from, { start: mergedStart, end: mergedEnd });
    return before;
  }

  /** Index of the first range that ends at `start` or after it. */
  private firstEndingAfter(start: number): number {
    let [low, high] = [0, this.ranges.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ranges[middle].end < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The path without steps that lead nowhere: `./weights.bin` and `weights.bin` are one file. */
function plainPath(location: string): string {
  const parts: string[] = [];
  for (const [index, part] of location.split("/").entries()) {
    if (part === "." || (part === "" && index > 0)) continue;
    if (part === ".." && !["", "..", undefined].includes(parts.at(-1))) parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}

function byteCount(tensor: TensorProto, key: string, text: string): number {
  if (text.length <= MAX_OFFSET_DIGITS && /^\d+$/.test(text)) return Number(text);
  throw new BitwrightError(
    "external-data-range",
    `the ${key} of its external data is not a byte count`,
    "Save the model again with its external data",
    tensorPlace(tensor),
  );
}

function tooComplex(reason: string): BitwrightError {
  return new BitwrightError(
    "model-too-complex",
    `the model is too complex: ${reason}`,
    "Save the model again with its external data",
  );
}
