/** Channel ranges at a resolution that a screen can show. */

/** One bar: the channels `first`…`last` together reach from `min` to `max`. */
export interface Envelope {
  readonly first: number;
  readonly last: number;
  readonly min: number;
  readonly max: number;
}

/**
 * The ranges of all channels in at most `limit` bars. Neighbours share a bar as its outer envelope, so no extreme is lost.
 * @param min smallest weight of every channel
 * @param max largest weight of every channel
 */
export function channelEnvelopes(min: readonly number[], max: readonly number[], limit: number): Envelope[] {
  const perBar = Math.ceil(min.length / limit);
  const envelopes: Envelope[] = [];
  for (let first = 0; first < min.length; first += perBar) {
    const last = Math.min(first + perBar, min.length) - 1;
    let low = min[first];
    let high = max[first];
    for (let channel = first + 1; channel <= last; channel++) {
      low = Math.min(low, min[channel]);
      high = Math.max(high, max[channel]);
    }
    envelopes.push({ first, last, min: low, max: high });
  }
  return envelopes;
}
