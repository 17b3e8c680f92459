/** How much equalizing the channels of a layer could gain at most. */
import { decibels, power } from "./power";

/**
 * SQNR if every output channel had the dominant channel's range: channel c and its kernel scaled by `S_c = max_j A_j / A_c`, and
 * undone after the output point. The noise of rounding the output falls by S_c², and so does that of the weights where one
 * scale serves the whole tensor; the signal is the same. A channel that is always 0 ends without noise.
 * Source: Meller et al. 2019, Fig. 5.
 *
 * @param signal Σy² per channel, and Σ of the squared errors that weights and rounding of the output make
 * @param magnitudes max|y| per channel (A)
 * @param sharedScale whether all channels' weights share one scale
 * @returns null where there is no noise or no signal
 */
export function equalizationBoundDb(
  signal: Float64Array,
  weightNoise: Float64Array,
  activationNoise: Float64Array,
  magnitudes: Float64Array,
  sharedScale: boolean,
): number | null {
  const dominant = magnitudes.reduce((most, value) => Math.max(most, value), 0);
  if (dominant === 0) return null;
  const noise = activationNoise.map((activations, channel) => {
    const shrink = (magnitudes[channel] / dominant) ** 2;
    return activations * shrink + weightNoise[channel] * (sharedScale ? shrink : 1);
  });
  return decibels(power(signal, 1), power(noise, 1));
}
