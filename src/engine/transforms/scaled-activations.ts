/** Activations that do not commute with scales, and the scales that they must follow. */
import type { Region, RegionActivation } from "./region";

export interface ScaledActivation<Activation extends RegionActivation> {
  readonly activation: Activation;
  /** The scale of every channel along the axis. */
  readonly scales: Float64Array;
}

/** Those of all regions with a scale other than 1; one whose channels belong to several regions comes once. */
export function scaledActivations<Activation extends RegionActivation>(
  regions: readonly { readonly region: Region; readonly scales: Float64Array }[],
  activationsOf: (region: Region) => readonly Activation[],
): readonly ScaledActivation<Activation>[] {
  const scaled = new Map<number, ScaledActivation<Activation>>();
  for (const { region, scales } of regions) {
    for (const activation of activationsOf(region)) {
      const { nodeIndex, value } = activation;
      const known = scaled.get(nodeIndex)?.scales;
      const scaleOf = (index: number, channel: number) => (index < 0 ? (known?.[channel] ?? 1) : scales[index]);
      scaled.set(nodeIndex, { activation, scales: Float64Array.from(value.classes, scaleOf) });
    }
  }
  return [...scaled.values()].filter(({ scales }) => scales.some((scale) => scale !== 1));
}

/** Dimensions of a constant with one element for every channel of the activation. */
export function perChannelDims({ rank, value }: RegionActivation): number[] {
  return Array.from({ length: rank }, (_, axis) => (axis === value.axis ? value.classes.length : 1));
}
