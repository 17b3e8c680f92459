/** Orders of samples: the same seed gives the same run. */
import { scrambled, uniformNumbers } from "../random-numbers";

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
