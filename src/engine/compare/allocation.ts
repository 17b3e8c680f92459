/**
 * Which candidate for which layer: the best signal-to-noise ratio for the bytes.
 *
 * Every layer offers options of some bytes and some noise. On the lower convex hull of its options each step up buys noise at a
 * worse rate than the step before, so taking the steps of all layers by their rate, best first, passes through optimal mixtures
 * (Shoham and Gersho 1988). Noise is relative to the layer's own signal: layers count alike, large weights do not outvote small ones.
 */

/** One candidate for one layer. */
export interface Option {
  /** Index among the candidates. */
  readonly candidate: number;
  readonly bytes: number;
  /** Σ(w−ŵ)² / Σw² of the layer; 0 where exact. */
  readonly noise: number;
}

/** One choice a layer, and what it comes to. */
export interface Allocation {
  /** Candidate of each layer. */
  readonly choice: readonly number[];
  readonly bytes: number;
  /** Mean relative noise over the layers. */
  readonly noise: number;
}

interface Step {
  readonly layer: number;
  readonly to: Option;
  readonly bytes: number;
  readonly noise: number;
}

/**
 * The mixtures from the smallest to the one of least noise, one step up in one layer at a time.
 * @param layers the options of each layer, at least one each
 */
export function allocations(layers: readonly (readonly Option[])[]): Allocation[] {
  const hulls = layers.map(lowerHull);
  const choice = hulls.map((hull) => hull[0]);
  let bytes = sum(choice.map((option) => option.bytes));
  let noise = sum(choice.map((option) => option.noise));
  const current = (): Allocation => ({
    choice: choice.map((option) => option.candidate),
    bytes,
    noise: Math.max(0, noise) / layers.length,
  });
  const path = [current()];
  for (const step of steps(hulls)) {
    choice[step.layer] = step.to;
    bytes += step.bytes;
    noise = sum(choice.map((option) => option.noise));
    path.push(current());
  }
  return path;
}

/** The mixture of least noise that fits; undefined where even the smallest does not. */
export function withinBudget(path: readonly Allocation[], budget: number): Allocation | undefined {
  return path.findLast((allocation) => allocation.bytes <= budget);
}

/** The cheapest option of every layer whose noise is at most `limit`; undefined for a layer that has none. */
export function cheapestWithin(layers: readonly (readonly Option[])[], limit: number): (Option | undefined)[] {
  return layers.map((options) =>
    options
      .filter((option) => option.noise <= limit)
      .reduce<Option | undefined>(
        (best, option) => (best === undefined || compareOptions(option, best) < 0 ? option : best),
        undefined,
      ),
  );
}

/** Steps of all hulls by noise saved per byte, best first; those of one layer keep their order, because hulls are convex. */
function steps(hulls: readonly (readonly Option[])[]): Step[] {
  return hulls
    .flatMap((hull, layer) =>
      hull.slice(1).map((to, index) => ({
        layer,
        to,
        bytes: to.bytes - hull[index].bytes,
        noise: hull[index].noise - to.noise,
      })),
    )
    .sort((a, b) => b.noise * a.bytes - a.noise * b.bytes || a.layer - b.layer || a.to.bytes - b.to.bytes);
}

/** Options that no mixture of two others beats, by bytes. */
function lowerHull(options: readonly Option[]): Option[] {
  const hull: Option[] = [];
  for (const option of options.toSorted(compareOptions)) {
    const last = hull.at(-1);
    if (last !== undefined && option.noise >= last.noise) continue;
    while (hull.length >= 2 && !bendsUp(hull[hull.length - 2], hull[hull.length - 1], option)) hull.pop();
    hull.push(option);
  }
  return hull;
}

function bendsUp(a: Option, b: Option, c: Option): boolean {
  return (a.noise - b.noise) * (c.bytes - b.bytes) > (b.noise - c.noise) * (b.bytes - a.bytes);
}

function compareOptions(a: Option, b: Option): number {
  return a.bytes - b.bytes || a.noise - b.noise || a.candidate - b.candidate;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
