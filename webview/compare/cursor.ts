/** Where the arrow keys lead in a grid. */

export interface GridPosition {
  readonly row: number;
  readonly column: number;
}

/** Rows that Page Up and Page Down pass over. */
const PAGE_ROWS = 10;

/**
 * As the grid pattern of ARIA's authoring practices has it; undefined for keys that do not move.
 * @param withControl Home and End then lead to the grid's corners rather than the row's ends
 */
export function movedInGrid(
  key: string,
  withControl: boolean,
  { row, column }: GridPosition,
  rows: number,
  columns: number,
): GridPosition | undefined {
  const at = (nextRow: number, nextColumn: number): GridPosition => ({
    row: Math.min(Math.max(nextRow, 0), rows - 1),
    column: Math.min(Math.max(nextColumn, 0), columns - 1),
  });
  switch (key) {
    case "ArrowDown":
      return at(row + 1, column);
    case "ArrowUp":
      return at(row - 1, column);
    case "ArrowRight":
      return at(row, column + 1);
    case "ArrowLeft":
      return at(row, column - 1);
    case "PageDown":
      return at(row + PAGE_ROWS, column);
    case "PageUp":
      return at(row - PAGE_ROWS, column);
    case "Home":
      return at(withControl ? 0 : row, 0);
    case "End":
      return at(withControl ? rows - 1 : row, columns - 1);
    default:
      return undefined;
  }
}
