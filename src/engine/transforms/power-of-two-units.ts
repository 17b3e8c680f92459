/**
 * Units of regions that suit scales of powers of two. A factor that all channels of a region share changes nothing but the
 * unit of their values. Free scales follow it; a power of two leaves between none and half of its codes empty.
 */
import type { RegionScaling } from "./region-scaling";
import type { ScaledWeights } from "./scaled-weights";

/** What gets one power of two for a whole tensor. */
export interface PowerOfTwoCodes {
  /** Largest code of a layer's weights, by layer name; layers that are left out have other scales. */
  readonly weights: ReadonlyMap<string, number>;
  /** Largest code of the activations; null where they have other scales. */
  readonly activations: number | null;
}

/** Factors tried per octave. */
const STEPS = 64;
/** Ranges end by this part of an octave below a power of two, lest rounding carries one over it. */
const MARGIN = 2 ** -9;
const MAX_SWEEPS = 64;

/** The range of one tensor, which has a power of two as scale. */
interface TensorRange {
  /** log2 of the range in units of the largest code, before any factor. */
  readonly octaves: number;
  /** What the factors of all regions add to it. */
  steps: number;
}

/** A range that grows or shrinks with a region's factor. */
interface Following {
  readonly range: TensorRange;
  readonly sign: number;
}

/**
 * Multiplies every region by a factor of 1 up to 2, so that Σ 4^e over all weights and values is small, where e in [0, 1) is by
 * how many octaves the least sufficient power of two exceeds the range: 4^e is the power of rounding noise over that of a
 * free scale. One factor after the other is set to its best value until none moves.
 *
 * @param scalings regions whose channels may all be multiplied by one number
 * @param weights all layers that the regions name, by layer name
 */
export function alignUnits(
  scalings: readonly RegionScaling[],
  weights: ReadonlyMap<string, ScaledWeights>,
  codes: PowerOfTwoCodes,
): void {
  const weightRanges = new Map<string, TensorRange>();
  for (const [name, largest] of codes.weights) {
    const range =
      weights
        .get(name)
        ?.outputRanges()
        .reduce((most, value) => Math.max(most, value), 0) ?? 0;
    if (range > 0) weightRanges.set(name, tensorRange(range, largest));
  }
  const regions = scalings.map((scaling) => ({ steps: 0, following: followingOf(scaling, weightRanges, codes) }));
  let moved = true;
  for (let sweep = 0; moved && sweep < MAX_SWEEPS; sweep++) {
    moved = false;
    for (const region of regions) {
      const change = bestStep(region.following, region.steps) - region.steps;
      if (change === 0) continue;
      region.steps += change;
      for (const { range, sign } of region.following) range.steps += sign * change;
      moved = true;
    }
  }
  scalings.forEach((scaling, index) => {
    const factor = 2 ** (regions[index].steps / STEPS);
    scaling.apply(new Float64Array(scaling.region.classCount).fill(factor));
    scaling.common *= factor;
  });
}

function followingOf(
  scaling: RegionScaling,
  weights: ReadonlyMap<string, TensorRange>,
  { activations }: PowerOfTwoCodes,
): Following[] {
  const signs = new Map<TensorRange, number>();
  const follow = (range: TensorRange | undefined, sign: number) => {
    if (range !== undefined) signs.set(range, (signs.get(range) ?? 0) + sign);
  };
  for (const { layer } of scaling.region.producers) follow(weights.get(layer.name), 1);
  for (const { layer } of scaling.region.consumers) follow(weights.get(layer.name), -1);
  if (activations !== null) {
    for (const values of scaling.ranges().activations) {
      const range = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
      if (range > 0) follow(tensorRange(range, activations), 1);
    }
  }
  return [...signs].map(([range, sign]) => ({ range, sign })).filter(({ sign }) => sign !== 0);
}

function tensorRange(range: number, largestCode: number): TensorRange {
  return { octaves: Math.log2(range / largestCode) + MARGIN, steps: 0 };
}

/** The step from 0 to STEPS − 1 with the least noise; the present one among equals. */
function bestStep(following: readonly Following[], present: number): number {
  const noise = (step: number) =>
    following.reduce((sum, { range, sign }) => {
      const octaves = range.octaves + (range.steps + sign * (step - present)) / STEPS;
      return sum + 4 ** (Math.ceil(octaves) - octaves);
    }, 0);
  let best = present;
  let least = noise(present);
  for (let step = 0; step < STEPS; step++) {
    const found = noise(step);
    if (found < least) [best, least] = [step, found];
  }
  return best;
}
