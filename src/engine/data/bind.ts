/** Which dimension of a model input counts samples, and how the data's samples fit the rest. */
import { BitwrightError, shownName } from "../../protocol/errors";
import { showDims, type Layout, type ModelInput } from "./dataset";
import { placeSample, type Placement, type PlacementResult } from "./layout";

/** How samples become the tensors of one input. */
export interface Binding {
  readonly placement: Placement;
  /** The input's first dimension counts samples. */
  readonly batched: boolean;
  /** Samples that one run takes; null where the model leaves it open. */
  readonly fixedBatch: number | null;
}

/**
 * Binds samples to an input. The first dimension counts samples where it is open or 1; a larger fixed one does where
 * the samples fit the other dimensions, and otherwise every sample is a whole input.
 * @param dims dimensions of one sample in the data
 * @param name of the data, for messages
 * @throws BitwrightError data-shape
 */
export function bindSamples(dims: readonly number[], input: ModelInput, layout: Layout | null, name: string): Binding {
  const result = tryBind(dims, input, layout);
  if (result.kind === "placed") return result.binding;
  const place = { field: `input "${shownName(input.name)}", ${name}` };
  const expected = input.shape === null ? "any" : showDims(input.shape.slice(1));
  if (result.kind === "ambiguous") {
    throw new BitwrightError(
      "data-shape",
      `samples of ${showDims(dims)} fit an input of ${expected} in more than one order`,
      isFlat(input) ? "Store the samples flat, in the order that the model reads" : "Set layout to NCHW or NHWC",
      place,
    );
  }
  throw new BitwrightError(
    "data-shape",
    `expected samples of ${expected}, got ${showDims(dims)}`,
    "Give data of the input's shape; images of another size need resize or crop",
    place,
  );
}

/**
 * Splits an array into samples: along its first axis, or the whole array as one where only that fits.
 * @param dims of the whole array
 */
export function splitSamples(
  dims: readonly number[],
  input: ModelInput,
  layout: Layout | null,
): { readonly count: number; readonly dims: readonly number[] } {
  const count = dims.at(0);
  if (count === undefined) return { count: 1, dims };
  const rest = dims.slice(1);
  const fitsWhole = tryBind(rest, input, layout).kind === "mismatch" && tryBind(dims, input, layout).kind === "placed";
  return fitsWhole ? { count: 1, dims } : { count, dims: rest };
}

/**
 * Whether an array holds samples of an input, or one.
 * @param dims of the whole array
 */
export function arrayFits(dims: readonly number[], input: ModelInput, layout: Layout | null): boolean {
  return tryBind(splitSamples(dims, input, layout).dims, input, layout).kind === "placed";
}

type BindResult =
  | { readonly kind: "placed"; readonly binding: Binding }
  | { readonly kind: Exclude<PlacementResult["kind"], "placed"> };

function tryBind(dims: readonly number[], { shape }: ModelInput, layout: Layout | null): BindResult {
  if (shape === null) {
    const placement = { dims, from: dims, axes: dims.map((_, axis) => axis), layout: null, note: null };
    return { kind: "placed", binding: { placement, batched: true, fixedBatch: null } };
  }
  const batch = shape.at(0);
  const perSample: PlacementResult =
    batch === undefined ? { kind: "mismatch" } : placeSample(dims, shape.slice(1), layout);
  if (perSample.kind === "placed") {
    return {
      kind: "placed",
      binding: { placement: perSample.placement, batched: true, fixedBatch: batch ?? null },
    };
  }
  if (perSample.kind === "ambiguous" || batch === null || batch === 1) return { kind: perSample.kind };
  const whole = placeSample(dims, shape, layout);
  if (whole.kind !== "placed") return { kind: whole.kind };
  return { kind: "placed", binding: { placement: whole.placement, batched: false, fixedBatch: 1 } };
}

function isFlat({ shape }: ModelInput): boolean {
  return shape !== null && shape.length <= 2;
}
