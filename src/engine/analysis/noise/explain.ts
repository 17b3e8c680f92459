/** Which assumption of the prediction broke, computed from what was measured. */
import type { Distribution } from "../../activations/distribution";
import { roundingStep, type ActivationParameters } from "../../activations/parameters";
import { squaredError } from "../../activations/ranges";
import type { IsolatedNoise } from "./isolated";
import { power } from "./power";
import type { PredictionParts } from "./predicted";

/** A cause is named when it accounts for at least this share of the difference, in decibels. */
const NAMED_SHARE = 0.5;

/** Channels that together make at least this share of the noise are said to dominate it. */
const DOMINANT_SHARE = 0.8;

/** Why the noise of the weights is not `Kx·Ky·F_in·E{X²}·step²/12`. */
export function explainWeights(noise: IsolatedNoise, parts: PredictionParts, measured: number): string {
  const expected = mean(parts.expected);
  const actual = mean(parts.actual);
  const difference = ratioDb(measured, expected);
  const ofErrors = ratioDb(actual, expected);
  if (Math.sign(ofErrors) === Math.sign(difference) && Math.abs(ofErrors) >= NAMED_SHARE * Math.abs(difference)) {
    return (
      `The rounding errors of the weights are not uniform within a step: their power, weighted with the inputs, is ` +
      `${db(ofErrors)} from what uniform errors have.`
    );
  }
  const shift = mean(parts.shift);
  if (difference > 0 && shift > NAMED_SHARE * measured) {
    return (
      `The inputs are not independent: their mean is not zero, and ${percent(Math.min(1, shift / measured))} of the noise is a ` +
      `constant shift of the channels, which bias correction removes.`
    );
  }
  const dominating = dominatingChannels(noise.weights);
  if (dominating <= Math.max(1, noise.weights.length / 10)) {
    return (
      `${dominating} of ${noise.weights.length} channels make ${percent(DOMINANT_SHARE)} of the noise: there are too few ` +
      `independent errors for an average.`
    );
  }
  return (
    `The inputs are not independent: neighbouring ones are correlated, so that the errors of the weights ` +
    `${difference > 0 ? "add up" : "cancel"} (${db(ratioDb(measured, actual))} from what independent inputs give).`
  );
}

/** Why the noise of rounding the output is not `step²/12`. */
export function explainActivations(
  noise: IsolatedNoise,
  parameters: ActivationParameters,
  measured: number,
  passing: number,
): string {
  const { outputs } = noise;
  const uniform = (passing * roundingStep(parameters) ** 2) / 12;
  const inside = squaredError(outputs, parameters) / Math.max(1, outputs.total);
  if (measured > uniform && ratioDb(inside, uniform) < NAMED_SHARE * ratioDb(measured, uniform)) {
    return "A few outputs lie far outside the calibrated range and are clipped; the sampled ones are inside.";
  }
  const low = parameters.scale * (parameters.codeMin - parameters.zeroPoint) - parameters.scale / 2;
  const high = parameters.scale * (parameters.codeMax - parameters.zeroPoint) + parameters.scale / 2;
  const beyond = countWhere(outputs, (value) => value < low || value > high);
  if (measured > uniform && beyond > 0) {
    return `${percent(beyond / outputs.total)} of the outputs lie outside the calibrated range and are clipped.`;
  }
  const small = countWhere(outputs, (value) => Math.abs(value) < parameters.scale / 2);
  const { zeros, total } = outputs;
  return (
    `The outputs are not spread evenly over a step: ${percent(zeros / Math.max(1, total))} are exactly zero and ` +
    `${percent(small / Math.max(1, total - zeros))} of the others are less than half a step, which makes their errors ` +
    `${db(ratioDb(measured, uniform))} from those of even ones.`
  );
}

function countWhere(distribution: Distribution, accepts: (value: number) => boolean): number {
  let found = 0;
  distribution.counts.forEach((count, bin) => {
    if (count > 0 && accepts(distribution.centre(bin))) found += count;
  });
  return found;
}

/** Why the two together are not the sum of both predictions. */
export function explainBoth(
  measured: { readonly weights: number; readonly activations: number; readonly both: number },
  predicted: { readonly weights: number; readonly activations: number },
): string {
  const sum = measured.weights + measured.activations;
  const ofSum = ratioDb(measured.both, sum);
  const whole = ratioDb(measured.both, predicted.weights + predicted.activations);
  if (Math.abs(ofSum) >= NAMED_SHARE * Math.abs(whole)) {
    return `The two errors are not independent: together they are ${db(ofSum)} from the sum of both.`;
  }
  const [larger, name] =
    Math.abs(measured.weights - predicted.weights) >= Math.abs(measured.activations - predicted.activations)
      ? [ratioDb(measured.weights, predicted.weights), "weights"]
      : [ratioDb(measured.activations, predicted.activations), "output"];
  return `The noise of the ${name} is ${db(larger)} from its prediction, and decides the sum.`;
}

/** The fewest channels that together make the dominant share. */
function dominatingChannels(noise: Float64Array): number {
  const sorted = noise.toSorted((a, b) => b - a);
  const wanted = DOMINANT_SHARE * power(noise, 1) * noise.length;
  let sum = 0;
  let channels = 0;
  while (channels < sorted.length && sum < wanted) sum += sorted[channels++];
  return channels;
}

function ratioDb(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : 10 * Math.log10(a / b);
}

function db(value: number): string {
  return `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(1)} dB`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.01 ? 2 : 0)} %`;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
