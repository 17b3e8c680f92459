/** Orders of samples: the same seed gives the same run. */
import { scrambled, uniformNumbers } from "../random-numbers";

/** A word for what goes by chance in one step; it depends on seed and step alone. */
export function stepSeed(seed: number, step: number): number {
  return scrambled(scrambled(scrambled(seed >>> 0) ^ 0xffff_ffff) + step);
}

/**
 * The order of the samples in one epoch (Fisher and Yates). It depends on seed and epoch alone, so that a resumed run needs no
 * state of a generator.
 */
export function shuffledOrder(count: number, seed: number, epoch: number): Uint32Array {
  const next = uniformNumbers(scrambled(scrambled(seed >>> 0) + epoch));
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1));
    const moved = order[last];
    order[last] = order[other];
    order[other] = moved;
  }
  return order;
}
