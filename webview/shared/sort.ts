/** The order of a table's rows. */

export interface Sort {
  readonly column: string;
  readonly direction: "ascending" | "descending";
}

/** What a row is sorted by; null is no value. */
export type SortKey = number | string | null;

/** Indices in sorted order: stable, numbers before strings, rows without a value last in either direction. */
export function sortedOrder(keys: readonly SortKey[], direction: Sort["direction"]): number[] {
  const sign = direction === "ascending" ? 1 : -1;
  return keys
    .map((_, index) => index)
    .sort((a, b) => {
      const left = keys[a];
      const right = keys[b];
      if (left === null || right === null) return Number(left === null) - Number(right === null) || a - b;
      return sign * compare(left, right) || a - b;
    });
}

/** The sort after a click on a column's heading: numbers start with the smallest. */
export function toggled(sort: Sort | null, column: string): Sort {
  const ascending = sort?.column === column && sort.direction === "ascending";
  return { column, direction: ascending ? "descending" : "ascending" };
}

/** A sort out of saved state; null for anything else. */
export function sortOf(saved: unknown): Sort | null {
  if (typeof saved !== "object" || saved === null) return null;
  const { column, direction }: { column?: unknown; direction?: unknown } = saved;
  if (typeof column !== "string" || (direction !== "ascending" && direction !== "descending")) return null;
  return { column, direction };
}

function compare(a: number | string, b: number | string): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return a.localeCompare(b, "en", { numeric: true });
  return typeof a === "number" ? -1 : 1;
}
