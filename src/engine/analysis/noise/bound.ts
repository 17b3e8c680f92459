/** How much equalizing the channels of a layer could gain at most. */
import { decibels, power } from "./power";

/**
 * SQNR if every output channel had the dominant channel's range: channel c and its kernel scaled by
 * `S_c = max_j A_j / A_c`. Its signal grows by S_c²; the noise of rounding the output does not, and neither does that of the
 * weights where one scale serves the whole tensor. Channels that are always 0 stay out. Source: Meller et al. 2019, Fig. 5.
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
  const gains = magnitudes.map((magnitude) => (magnitude === 0 ? 0 : (dominant / magnitude) ** 2));
  const scaledSignal = signal.map((value, channel) => value * gains[channel]);
  const noise = activationNoise.map((value, channel) =>
    gains[channel] === 0 ? 0 : value + weightNoise[channel] * (sharedScale ? 1 : gains[channel]),
  );
  return decibels(power(scaledSignal, 1), power(noise, 1));
}
