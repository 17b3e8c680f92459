import type { TrainingHistogram } from "../../src/protocol/training";

/** Weights that a bin of the histogram around `weight` would hold if the weights were drawn from the mixture. */
export function mixtureCounts({ counts, min, max, mixture }: TrainingHistogram, weight: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const width = (max - min) / counts.length;
  const density = (mixture ?? []).reduce((sum, { share, mean, deviation }) => {
    const distance = (weight - mean) / deviation;
    return sum + (share * Math.exp(-0.5 * distance * distance)) / (deviation * Math.sqrt(2 * Math.PI));
  }, 0);
  return total * width * density;
}
