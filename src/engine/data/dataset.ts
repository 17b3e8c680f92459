/** What the engine asks of calibration data; `src/runtime/dataset.ts` answers with files, `random.ts` without any. */
import type { ValueInfo } from "../../protocol/report";
import { BitwrightError, shownName } from "../../protocol/errors";
import type { RuntimeTensor } from "../runtime";
import { elementType, type ElementType } from "./element-types";

/** Samples, read a few at a time: memory does not grow with their number. */
export interface Dataset {
  /** Samples that can be read; a multiple of `fixedBatch` where there is one. */
  readonly count: number;
  /** What was inferred or left out, one sentence each, for the user to read. */
  readonly notes: readonly string[];
  /** Class of every sample; null without labels. */
  readonly labels: Int32Array | null;
  /** The values are random numbers: every figure made with them says so. */
  readonly random: boolean;
  /** Samples that one run of the model takes; null where the model leaves the number open. */
  readonly fixedBatch: number | null;
  /**
   * Samples `start` to `start + count`, preprocessed, in the element type and layout of the model's inputs.
   * @param count 1 or more; `fixedBatch` where there is one
   * @returns one tensor an input, by name
   * @throws BitwrightError data-invalid, data-shape, data-not-finite
   */
  read(start: number, count: number): Promise<Record<string, RuntimeTensor>>;
  close(): Promise<void>;
}

/** One input of a model, as data must fit it. */
export interface ModelInput {
  readonly name: string;
  readonly type: ElementType;
  /** Null for a dimension that the model leaves open; null where the model declares no shape at all. */
  readonly shape: readonly (number | null)[] | null;
}

/** Samples of one input as a file holds them. */
export interface SampleSource {
  /** For messages: the file's name. */
  readonly name: string;
  readonly count: number;
  readonly type: ElementType;
  /** Dimensions of one sample. */
  readonly dims: readonly number[];
  /** Order of the axes where the format itself says, as image files do; null where it does not. */
  readonly layout: Layout | null;
  /**
   * Reads one sample, row-major.
   * @param target one number an element; NaN for a 64-bit integer that a double does not hold exactly
   * @throws BitwrightError data-invalid, data-shape
   */
  read(index: number, target: Float64Array): Promise<void>;
  close(): Promise<void>;
}

/** Where the channels stand: NCHW first, NHWC last, whatever the number of axes. */
export const LAYOUTS = ["NCHW", "NHWC"] as const;
export type Layout = (typeof LAYOUTS)[number];

/** Largest number of elements in one sample: a declared size beyond it is hostile. */
export const MAX_SAMPLE_ELEMENTS = 2 ** 27;

const RUNTIME_NAMES: Readonly<Record<string, string>> = { float: "float32", double: "float64" };

/**
 * An input of the report as data must fit it.
 * @throws BitwrightError data-invalid for element types that data cannot have
 */
export function modelInput({ name, type, shape }: ValueInfo): ModelInput {
  const known = elementType(RUNTIME_NAMES[type] ?? type);
  if (known === undefined) {
    throw new BitwrightError(
      "data-invalid",
      `input "${shownName(name)}" takes ${shownName(type)}, which no data file holds`,
      "Export the model with an input of a number type",
    );
  }
  return { name, type: known, shape: shape?.map((size) => (typeof size === "number" ? size : null)) ?? null };
}

/** Number of elements, refusing sizes that are no sample's. */
export function sampleElements(dims: readonly number[], name: string): number {
  const elements = dims.reduce((product, size) => product * size, 1);
  if (elements >= 1 && elements <= MAX_SAMPLE_ELEMENTS) return elements;
  throw new BitwrightError(
    "data-shape",
    `one sample has ${showDims(dims)} values`,
    `A sample has 1 to ${MAX_SAMPLE_ELEMENTS} values`,
    { field: name },
  );
}

/** `3×32×32`; an open dimension is `?`, no dimension a single value. */
export function showDims(dims: readonly (number | null)[]): string {
  return dims.length === 0 ? "1" : dims.map((size) => size ?? "?").join("×");
}
