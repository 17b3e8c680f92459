/** Factors on quantities that change over a run: learning rates and the weight ν of soft weight sharing. */

export const SCHEDULES = ["constant", "cosine", "step"] as const;
export type ScheduleName = (typeof SCHEDULES)[number];

/** `step` has these many parts, each with a tenth of the rate before. */
const PARTS = 3;

/**
 * The share of the full rate at a point of the run.
 *
 * - `constant`: 1
 * - `cosine`: half a wave from 1 to 0 (Loshchilov and Hutter, SGDR, 2017, without restarts)
 * - `step`: 1, 0.1 and 0.01 for a third each
 *
 * Within the warm-up it rises linearly on top of that.
 * @param step counted from 0
 * @param warmup steps, 0 for none
 */
export function scheduled(schedule: ScheduleName, step: number, steps: number, warmup: number): number {
  const rise = step < warmup ? (step + 1) / (warmup + 1) : 1;
  switch (schedule) {
    case "constant":
      return rise;
    case "cosine":
      return (rise * (1 + Math.cos((Math.PI * step) / steps))) / 2;
    case "step":
      return rise * 0.1 ** Math.floor((PARTS * step) / steps);
  }
}

/** The share of a penalty's full weight: nothing in the first tenth of the run, then a linear rise that ends at half of it. */
export function penaltyShare(step: number, steps: number): number {
  const done = step / steps;
  return Math.min(Math.max((done - 0.1) / 0.4, 0), 1);
}
