/**
 * In what order a value holds the elements of a constant. Values with equal content are recognised by it, however they were
 * reshaped and transposed on the way.
 */

/** Steps through the elements of the source: `size` of them, `stride` apart. */
interface OrderAxis {
  readonly size: number;
  readonly stride: number;
}

/**
 * The elements of `source`, taken in the order of nested loops, the outermost first. Loops of one step are left out, and
 * two that continue each other are one, so that equal orders are written the same.
 */
export interface ElementOrder {
  readonly source: string;
  readonly axes: readonly OrderAxis[];
}

/** The order of the source itself. */
export function ownOrder(source: string, count: number): ElementOrder {
  return { source, axes: merged([{ size: count, stride: 1 }]) };
}

/**
 * The order after the elements, seen as a tensor of shape `dims`, are transposed. Where a transposition does not follow the
 * axes of those before it, its result counts as a source of its own.
 */
export function transposedOrder(
  order: ElementOrder,
  dims: readonly number[],
  permutation: readonly number[],
): ElementOrder {
  const split = splitAxes(order.axes, dims);
  if (split !== null) return { source: order.source, axes: merged(permutation.flatMap((axis) => split[axis])) };
  const count = dims.reduce((product, dim) => product * dim, 1);
  return ownOrder(JSON.stringify([orderKey(order), dims, permutation]), count);
}

/** Equal for equal orders only. */
export function orderKey({ source, axes }: ElementOrder): string {
  return JSON.stringify([source, ...axes.map(({ size, stride }) => [size, stride])]);
}

/** The loops that make up each axis of a shape; null where an axis begins or ends inside a loop that is not contiguous. */
function splitAxes(axes: readonly OrderAxis[], dims: readonly number[]): OrderAxis[][] | null {
  const remaining = [...axes];
  const split: OrderAxis[][] = dims.map(() => []);
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    for (let left = dims[axis]; left > 1;) {
      const inner = remaining.pop();
      if (inner === undefined) return null;
      const size = Math.min(left, inner.size);
      if (left % size !== 0 || inner.size % size !== 0) return null;
      split[axis].unshift({ size, stride: inner.stride });
      if (size < inner.size) remaining.push({ size: inner.size / size, stride: inner.stride * size });
      left /= size;
    }
  }
  return split;
}

function merged(axes: readonly OrderAxis[]): OrderAxis[] {
  const result: OrderAxis[] = [];
  for (const { size, stride } of axes) {
    if (size === 1) continue;
    const outer = result.at(-1);
    if (outer?.stride === size * stride) result[result.length - 1] = { size: outer.size * size, stride };
    else result.push({ size, stride });
  }
  return result;
}
