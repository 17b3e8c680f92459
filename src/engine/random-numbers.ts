/** Seeded random numbers: the same seed gives the same numbers. */

/** Uniform numbers of [0, 1) by the generator mulberry32, whose state is one 32-bit word. @param seed 0 … 2^32 − 1 */
export function uniformNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    return scrambled(state) / 2 ** 32;
  };
}

/** Normal numbers of mean 0 and standard deviation 1 (Box and Muller 1958). 1 − u keeps the logarithm finite. */
export function normalNumbers(seed: number): () => number {
  const next = uniformNumbers(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** A word that depends on all bits of another one. */
export function scrambled(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 15), word | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}
