/**
 * Analytic clipping: the reach of least expected error for a Laplace or a Gauss distribution.
 * Source: Banner, Nahshan, Soudry, Post Training 4-bit Quantization of Convolutional Networks for Rapid-Deployment (2019).
 */

/** Where to clip, in units of the distributions' scales. */
export interface AciqClips {
  readonly laplace: number;
  readonly gauss: number;
}

export function aciqClips(bits: number): AciqClips {
  return { laplace: laplaceClip(bits), gauss: gaussClip(bits) };
}

/**
 * How far from `center` codes should reach, `b·x` with b the mean absolute deviation for Laplace and `σ·x` for Gauss; the
 * distribution with the larger likelihood counts. 0 where no weight differs from the center.
 */
export function aciqReach(values: Float32Array, start: number, end: number, center: number, clips: AciqClips): number {
  let absolute = 0;
  let square = 0;
  for (let i = start; i < end; i++) {
    const deviation = Math.abs(values[i] - center);
    absolute += deviation;
    square += deviation * deviation;
  }
  if (absolute === 0) return 0;
  const count = end - start;
  const laplaceScale = absolute / count;
  const gaussScale = Math.sqrt(square / count);
  const laplaceLogLikelihood = -1 - Math.log(2 * laplaceScale);
  const gaussLogLikelihood = -(1 + Math.log(2 * Math.PI * gaussScale * gaussScale)) / 2;
  return laplaceLogLikelihood > gaussLogLikelihood ? laplaceScale * clips.laplace : gaussScale * clips.gauss;
}

/** x of least error for Laplace in units of b: `x / (3·4^bits) = e^−x`. */
export function laplaceClip(bits: number): number {
  return root((x) => x / (3 * 4 ** bits) - Math.exp(-x));
}

/** x of least error for Gauss in units of σ: `x / (3·4^bits) = 2·(φ(x) − x·Q(x))`. */
export function gaussClip(bits: number): number {
  return root((x) => x / (3 * 4 ** bits) - 2 * gaussDensity(x) * (1 - x * millsRatio(x)));
}

function gaussDensity(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/** `Q(x) / φ(x)` by Laplace's continued fraction `1/(x + 1/(x + 2/(x + 3/…`, for x of at least 1. */
function millsRatio(x: number): number {
  let tail = x;
  for (let n = 150; n > 0; n--) tail = x + n / tail;
  return 1 / tail;
}

/** Where a rising function changes sign between 1 and 40, by bisection to the precision of doubles. */
function root(rising: (x: number) => number): number {
  let low = 1;
  let high = 40;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (rising(middle) < 0) low = middle;
    else high = middle;
  }
  return high;
}
