/** Accuracies with their uncertainty. */

/** Standard normal quantile of a two-sided confidence of 95 %. */
const Z = 1.959963984540054;

/**
 * The 95 % confidence interval of a share, by Wilson's score: it stays inside 0…1 and holds for few samples too.
 * @param hits of `count`, which is 1 or more
 */
export function wilsonInterval(hits: number, count: number): [number, number] {
  const share = hits / count;
  const scale = 1 + (Z * Z) / count;
  const centre = (share + (Z * Z) / (2 * count)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / count + (Z * Z) / (4 * count * count));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
