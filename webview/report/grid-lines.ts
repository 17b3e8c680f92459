/** The quantization grid at a resolution that a screen can show. */

/** Lines that stand closer than this blur into a grey area. */
const CLOSEST_PX = 3;

export interface GridLines {
  /** Positions from the left edge, in pixels. */
  readonly positions: readonly number[];
  /** Levels within the axis, drawn or not. */
  readonly within: number;
}

/**
 * Where to draw levels on an axis: all of them, or where they are denser than the screen, as many as can be told apart.
 * @param levels ascending
 * @param min value at the left edge of the axis
 * @param max value at the right edge
 * @param width of the axis, in pixels
 */
export function gridLines(levels: readonly number[], min: number, max: number, width: number): GridLines {
  const within = levels.filter((level) => level >= min && level <= max);
  const positions: number[] = [];
  for (const level of within) {
    const position = max > min ? ((level - min) / (max - min)) * width : width / 2;
    const last = positions.at(-1);
    if (last === undefined || position - last >= CLOSEST_PX) positions.push(position);
  }
  return { positions, within: within.length };
}
