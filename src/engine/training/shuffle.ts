/** Seeded random numbers and orders: the same seed gives the same run. */

/** Uniform numbers of [0, 1) by the generator mulberry32, whose state is one 32-bit word. */
export function uniformNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    return scrambled(state) / 2 ** 32;
  };
}

/** Normal numbers of mean 0 and standard deviation 1 (Box and Muller 1958). */
export function normalNumbers(seed: number): () => number {
  const next = uniformNumbers(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
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

function scrambled(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 15), word | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}
