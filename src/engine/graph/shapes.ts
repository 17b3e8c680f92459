/** Shapes after the ONNX operators that rearrange a constant. All throw BitwrightError tensor-shape for what cannot be. */
import { BitwrightError } from "../../protocol/errors";
import { elementCount } from "../onnx/tensor";

/** The permutation of Transpose: by default the axes reversed. */
export function transposition(dims: readonly number[], perm: readonly number[] | undefined): number[] {
  const permutation = perm === undefined ? dims.map((_, axis) => dims.length - 1 - axis) : [...perm];
  const sorted = permutation.toSorted((a, b) => a - b);
  if (permutation.length !== dims.length || !sorted.every((axis, position) => axis === position)) {
    throw impossible("Transpose", dims, permutation);
  }
  return permutation;
}

/** Reshape: −1 is what remains, 0 copies the input's dimension unless `allowZero`. */
export function reshapedDims(dims: readonly number[], shape: readonly number[], allowZero: boolean): number[] {
  const copied = shape.map((dim, axis) => (dim === 0 && !allowZero ? (dims[axis] ?? -2) : dim));
  const known = elementCount(copied.filter((dim) => dim !== -1));
  const result = copied.map((dim) => (dim === -1 ? elementCount(dims) / known : dim));
  const inferred = copied.length - copied.filter((dim) => dim !== -1).length;
  const valid = inferred <= 1 && result.every((dim) => Number.isSafeInteger(dim) && dim >= 0);
  if (!valid || elementCount(result) !== elementCount(dims)) throw impossible("Reshape", dims, shape);
  return result;
}

/** Squeeze: the given axes of length 1 go, or all of them. */
export function squeezedDims(dims: readonly number[], axes: readonly number[] | undefined): number[] {
  const dropped =
    axes?.map((axis) => (axis < 0 ? axis + dims.length : axis)) ?? [...dims.keys()].filter((axis) => dims[axis] === 1);
  if (dropped.some((axis) => dims[axis] !== 1)) throw impossible("Squeeze", dims, axes ?? []);
  return dims.filter((_, axis) => !dropped.includes(axis));
}

/** Unsqueeze: axes of length 1 at the given positions of the result. */
export function unsqueezedDims(dims: readonly number[], axes: readonly number[]): number[] {
  const rank = dims.length + axes.length;
  const added = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  if (added.size !== axes.length || [...added].some((axis) => !(axis >= 0 && axis < rank))) {
    throw impossible("Unsqueeze", dims, axes);
  }
  const remaining = dims.values();
  return Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (remaining.next().value ?? 1)));
}

/** Flatten: the axes before `axis` become one, and the others another. */
export function flattenedDims(dims: readonly number[], axis: number): number[] {
  const at = axis < 0 ? axis + dims.length : axis;
  if (!(at >= 0 && at <= dims.length)) throw impossible("Flatten", dims, [axis]);
  return [elementCount(dims.slice(0, at)), elementCount(dims.slice(at))];
}

function impossible(operator: string, dims: readonly number[], argument: readonly number[]): BitwrightError {
  return new BitwrightError(
    "tensor-shape",
    `${operator} with [${argument.slice(0, 8).join(", ")}] does not apply to a constant of shape [${dims.slice(0, 8).join(", ")}]`,
    "Check the model with the ONNX checker and export it again",
  );
}
