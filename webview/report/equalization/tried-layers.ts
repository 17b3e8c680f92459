/** The layers of a trial beside those of the report. */
import type { LayerRatios, Quantity } from "../../../src/protocol/equalization-comparison";
import type { Report } from "../../../src/protocol/report";
import type { Trial } from "../../../src/protocol/trial";

export interface TriedLayer {
  readonly name: string;
  readonly shown: LayerRatios;
  readonly tried: LayerRatios;
}

/** The layers that both have figures of. */
export function triedLayers({ layers }: Report, trial: Trial): TriedLayer[] {
  return layers.flatMap(({ name, noise }, index) => {
    const tried = trial.layers.at(index) ?? null;
    if (noise === null || tried === null) return [];
    const { weightsDb: weights, activationsDb: activations, bothDb: both } = noise.isolated;
    return [{ name, shown: { weights, activations, both }, tried }];
  });
}

/** Decibels gained; null where either is exact. */
export function gainOf({ shown, tried }: TriedLayer, quantity: Quantity): number | null {
  const [before, after] = [shown[quantity], tried[quantity]];
  return before === null || after === null ? null : after - before;
}
