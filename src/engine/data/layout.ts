/**
 * How a sample in a file becomes a sample of a model input: axes moved or reshaped where the shapes leave no doubt.
 *
 * "Channels last" and "channels first" are NHWC and NCHW generalised to any number of axes.
 */
import { showDims, type Layout } from "./dataset";

/** A way to lay out one sample. */
export interface Placement {
  /** Dimensions of the sample in the model. */
  readonly dims: readonly number[];
  /** Dimensions that the source's values are read with, before the axes are moved. */
  readonly from: readonly number[];
  /** Axis of `from` that becomes each axis of `dims`. */
  readonly axes: readonly number[];
  /** Order of the model's axes where it is known. */
  readonly layout: Layout | null;
  /** What was inferred, one sentence; null where the shapes agree as they are. */
  readonly note: string | null;
}

export type PlacementResult =
  | { readonly kind: "placed"; readonly placement: Placement }
  /** Several layouts fit. */
  | { readonly kind: "ambiguous" }
  | { readonly kind: "mismatch" };

type ModelDims = readonly (number | null)[];

/**
 * Places a sample into a model input.
 * @param source dimensions of one sample in the data
 * @param model dimensions of one sample in the model, null where open
 * @param layout order of the axes in the data, where the user or the format says
 */
export function placeSample(source: readonly number[], model: ModelDims, layout: Layout | null): PlacementResult {
  const direct = sameRank(source, model, layout);
  if (direct.kind !== "mismatch") return direct;
  const single = singleAxis(source, model, layout);
  return single.kind === "mismatch" ? reshaped(source, model, layout) : single;
}

/** Source and model have as many axes. */
function sameRank(source: readonly number[], model: ModelDims, layout: Layout | null): PlacementResult {
  const rank = source.length;
  if (rank !== model.length) return { kind: "mismatch" };
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  const toFirst = [rank - 1, ...axes.slice(0, -1)];
  const toLast = [...axes.slice(1), 0];
  const same = { from: source, axes, layout: null, note: null };
  const first = { from: source, axes: toFirst, layout: "NCHW" as const, note: "channels moved first (NHWC to NCHW)" };
  const last = { from: source, axes: toLast, layout: "NHWC" as const, note: "channels moved last (NCHW to NHWC)" };

  let candidates: Omit<Placement, "dims">[];
  if (rank < 2) candidates = [same];
  else if (layout === "NHWC") candidates = [first, { ...same, layout: "NHWC" }];
  else if (layout === "NCHW") candidates = [{ ...same, layout: "NCHW" }, last];
  else candidates = [same, first, last];
  // Two axes are height and width, or a sequence of features: moved only where they fit in no other way.
  if (rank === 2) candidates.sort((a, b) => Number(a.note !== null) - Number(b.note !== null));

  const fitting = candidates
    .map((candidate) => ({ ...candidate, dims: candidate.axes.map((axis) => source[axis]) }))
    .filter(({ dims }) => fits(dims, model));
  const chosen = fitting.at(0);
  if (chosen === undefined) return { kind: "mismatch" };
  const doubt = rank > 2 && layout === null && fitting.some((other) => memoryOrder(other) !== memoryOrder(chosen));
  return doubt ? { kind: "ambiguous" } : { kind: "placed", placement: chosen };
}

/** One axis of size 1 more or less: a batch of one stored with every sample, or a channel that the data leave out. */
function singleAxis(source: readonly number[], model: ModelDims, layout: Layout | null): PlacementResult {
  if (source.length === model.length + 1 && source[0] === 1) return sameRank(source.slice(1), model, layout);
  if (source.length + 1 !== model.length) return { kind: "mismatch" };
  for (const dims of [
    [1, ...source],
    [...source, 1],
  ]) {
    if (!fits(dims, model)) continue;
    const axes = dims.map((_, axis) => axis);
    const note = `${showDims(source)} read as ${showDims(dims)}`;
    return { kind: "placed", placement: { dims, from: dims, axes, layout: null, note } };
  }
  return { kind: "mismatch" };
}

/** The same number of values with other axes. */
function reshaped(source: readonly number[], model: ModelDims, layout: Layout | null): PlacementResult {
  const dims: number[] = [];
  for (const size of model) {
    if (size === null) return { kind: "mismatch" };
    dims.push(size);
  }
  if (product(source) !== product(dims)) return { kind: "mismatch" };
  const axes = dims.map((_, axis) => axis);
  const asStored: Placement = {
    dims,
    from: dims,
    axes,
    layout: null,
    note: `${showDims(source)} read as ${showDims(dims)}`,
  };
  const sourceAxes = withoutOnes(source);
  const modelAxes = withoutOnes(dims);
  if (sourceAxes.join() === modelAxes.join()) return { kind: "placed", placement: asStored };
  if (modelAxes.length === 1 && sourceAxes.length === 2) return { kind: "placed", placement: asStored };
  if (sourceAxes.length !== 1) return { kind: modelAxes.length === 1 ? "ambiguous" : "mismatch" };
  if (modelAxes.length === 2 || layout === "NCHW") return { kind: "placed", placement: asStored };
  if (layout === null || dims.length < 3) return { kind: "ambiguous" };
  const from = [...dims.slice(1), dims[0]];
  const placement: Placement = {
    dims,
    from,
    axes: [dims.length - 1, ...axes.slice(0, -1)],
    layout: "NCHW",
    note: `${showDims(source)} read as ${showDims(from)}, channels moved first (NHWC to NCHW)`,
  };
  return { kind: "placed", placement };
}

/**
 * Index in the source of every value of the placed sample, row-major.
 * @returns null where the order does not change
 */
export function placementOrder({ from, axes }: Placement): Int32Array | null {
  if (memoryOrder({ from, axes }) === memoryOrder({ from, axes: from.map((_, axis) => axis) })) return null;
  const strides = from.map((_, axis) => product(from.slice(axis + 1)));
  const order = new Int32Array(product(from));
  const sizes = axes.map((axis) => from[axis]);
  const steps = axes.map((axis) => strides[axis]);
  const position = sizes.map(() => 0);
  let index = 0;
  for (let i = 0; i < order.length; i++) {
    order[i] = index;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      position[axis] = position[axis] + 1;
      index += steps[axis];
      if (position[axis] < sizes[axis]) break;
      index -= sizes[axis] * steps[axis];
      position[axis] = 0;
    }
  }
  return order;
}

/** Axes in the order that memory is walked; axes of size 1 do not count. */
function memoryOrder({ from, axes }: Pick<Placement, "from" | "axes">): string {
  return axes.filter((axis) => from[axis] !== 1).join();
}

function fits(dims: readonly number[], model: ModelDims): boolean {
  return dims.every((size, axis) => model[axis] === null || model[axis] === size);
}

function withoutOnes(dims: readonly number[]): number[] {
  return dims.filter((size) => size !== 1);
}

function product(dims: readonly number[]): number {
  return dims.reduce((total, size) => total * size, 1);
}
