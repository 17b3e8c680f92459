/** From channels, their classes and what touches them to regions. */
import type { Layer } from "../graph/layer";
import { ChannelClasses, type ChannelMap } from "./channel-map";
import type {
  Consumer,
  LeftLayer,
  Maker,
  Reader,
  Region,
  RegionActivation,
  RegionBound,
  Regions,
  RegionValue,
  ScalableLayer,
} from "./region";

export interface FoundProducer extends Maker {
  readonly channels: Int32Array;
}

export interface FoundConsumer extends ScalableLayer {
  readonly input: string;
  readonly channels: Int32Array;
}

export interface FoundValue {
  readonly name: string;
  readonly map: ChannelMap;
}

export interface FoundActivation extends FoundValue {
  readonly nodeIndex: number;
  readonly rank: number;
}

export interface FoundBound extends FoundActivation {
  readonly low: number;
  readonly high: number;
}

export interface Found {
  readonly classes: ChannelClasses;
  readonly layers: readonly Layer[];
  /** Why layers are no producers, by layer name. */
  readonly problems: ReadonlyMap<string, string>;
  readonly producers: readonly FoundProducer[];
  readonly consumers: readonly FoundConsumer[];
  readonly values: readonly FoundValue[];
  readonly bounds: readonly FoundBound[];
  readonly hardSwishes: readonly FoundActivation[];
  readonly readers: readonly Reader[];
  readonly makers: readonly Maker[];
}

/** A region while its classes are numbered. */
interface Draft {
  readonly producers: FoundProducer[];
  readonly numbers: Map<number, number>;
}

/** Joins producers that share classes, and drops the regions with a blocked class. */
export function assembleRegions(found: Found): Regions {
  const { classes, layers } = found;
  const reasons = new Map(found.problems);
  const drafts: Draft[] = [];
  for (const draft of draftRegions(found)) {
    const reason = blockedReason(draft, classes);
    if (reason === undefined) drafts.push(draft);
    else for (const { layer } of draft.producers) reasons.set(layer.name, reason);
  }
  const regions = drafts.map((draft) => region(draft, found));
  const scaled = new Set(regions.flatMap(({ producers }) => producers.map(({ layer }) => layer.name)));
  const left = layers
    .filter(({ name }) => !scaled.has(name))
    .map(({ name, op }): LeftLayer => ({
      layer: name,
      reason: reasons.get(name) ?? `The weights of ${op} are not scalable.`,
    }));
  return { regions, left, readers: found.readers, makers: found.makers };
}

function draftRegions({ classes, producers }: Found): Draft[] {
  const regions = new ChannelClasses();
  const regionOf = new Map<number, number>();
  for (const { channels } of producers) {
    const own = regions.add(1);
    for (const channel of channels) {
      const root = classes.find(channel);
      const known = regionOf.get(root);
      if (known === undefined) regionOf.set(root, own[0]);
      else regions.merge(own, Int32Array.of(known));
    }
  }
  const drafts = new Map<number, Draft>();
  for (const producer of producers) {
    if (producer.channels.length === 0) continue;
    const root = regions.find(regionOf.get(classes.find(producer.channels[0]))!);
    let draft = drafts.get(root);
    if (draft === undefined) drafts.set(root, (draft = { producers: [], numbers: new Map<number, number>() }));
    draft.producers.push(producer);
    for (const channel of producer.channels) {
      const member = classes.find(channel);
      if (!draft.numbers.has(member)) draft.numbers.set(member, draft.numbers.size);
    }
  }
  return [...drafts.values()];
}

function blockedReason({ numbers }: Draft, classes: ChannelClasses): string | undefined {
  for (const member of numbers.keys()) {
    const reason = classes.reason(member);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function region({ producers, numbers }: Draft, found: Found): Region {
  const classesOf = (channels: Int32Array) => channels.map((channel) => numbers.get(found.classes.find(channel)) ?? -1);
  const touches = (classes: Int32Array) => classes.some((item) => item >= 0);
  const valueOf = ({ name, map }: FoundValue): RegionValue => ({
    name,
    axis: map.axis,
    classes: classesOf(map.channels),
  });
  const consumers = found.consumers
    .map(({ layer, structure, input, channels }): Consumer => ({
      layer,
      structure,
      input,
      classes: classesOf(channels),
    }))
    .filter(({ classes }) => touches(classes));
  const values = found.values.map(valueOf).filter(({ classes }) => touches(classes));
  const activationOf = (activation: FoundActivation): RegionActivation => {
    const { nodeIndex, rank } = activation;
    return { nodeIndex, rank, value: valueOf(activation) };
  };
  const bounds = found.bounds
    .map((bound): RegionBound => ({ ...activationOf(bound), low: bound.low, high: bound.high }))
    .filter(({ value }) => touches(value.classes));
  const hardSwishes = found.hardSwishes.map(activationOf).filter(({ value }) => touches(value.classes));
  return {
    producers: producers.map(({ channels, ...maker }) => ({ ...maker, classes: classesOf(channels) })),
    consumers,
    values,
    bounds,
    hardSwishes,
    classCount: numbers.size,
    joined: [...consumers, ...values].some(({ classes }) => classes.includes(-1)),
  };
}
