/**
 * What a picture of equalization shows of a layer: ranges of its channels before and after, and their scales.
 * Source: Meller, Finkelstein, Almog, Grobman, Same, Same But Different (2019), Fig. 3.
 */
import type { ChannelFigures } from "../../protocol/transforms";
import type { Calibration } from "../activations/calibrate";
import type { Layer } from "../graph/layer";
import type { ChannelRanges } from "./channel-ranges";
import type { EqualizationRecord } from "./equalization";
import type { Consumer, Producer, Region, Regions, ScalableLayer } from "./region";
import { ScaledWeights } from "./scaled-weights";

/** A wider layer has neighbouring channels in one entry: no screen shows more of them. */
export const MAX_ENTRIES = 512;

/** Digits of a figure: a picture needs no more, and a report has thousands of them. */
const DIGITS = 5;

/** A network and what calibration data showed of it. */
export interface ObservedLayers {
  readonly layers: readonly Layer[];
  readonly ranges: Pick<ChannelRanges, "get">;
}

/** Ranges of the values of a calibration, in the form that observing channels gives. */
export function calibratedRanges({ values }: Calibration): Pick<ChannelRanges, "get"> {
  return {
    get: (name) => {
      const range = values.get(name);
      return range && { min: range.channelMin, max: range.channelMax };
    },
  };
}

/**
 * One entry a layer whose output channels could be scaled, in the order of the regions; all lists go by output channel.
 * Ranges are those of the layer alone, where others have the same scales too.
 *
 * @param regions of the network before, their structures alone
 * @param equalization null where only dead channels were folded: all scales are 1
 */
export function channelFigures(
  { regions }: Regions,
  before: ObservedLayers,
  after: ObservedLayers,
  equalization: EqualizationRecord | null,
): ChannelFigures[] {
  const scalesOf = new Map(equalization?.regions.map(({ layers, scales }) => [layers[0], scales]));
  const [earlier, later] = [new WeightRanges(before.layers), new WeightRanges(after.layers)];
  return regions.flatMap((region) => {
    const scales = scalesOf.get(region.producers[0].layer.name);
    return region.producers.flatMap((producer) => {
      const [old, now] = [before.ranges.get(producer.point), after.ranges.get(producer.point)];
      const { outputs } = producer.structure;
      if (old?.max.length !== outputs || now?.max.length !== outputs) return [];
      const perEntry = Math.ceil(outputs / MAX_ENTRIES);
      const ranges = (of: WeightRanges, { min, max }: typeof old) => ({
        weights: entries(of.made(producer), perEntry),
        activations: entries(
          max.map((high, channel) => Math.max(high, -min[channel])),
          perEntry,
        ),
        next: entries(of.read(region, producer), perEntry),
      });
      const byChannel = Float64Array.from(producer.classes, (index) => scales?.[index] ?? 1);
      return [
        {
          layer: producer.layer.name,
          consumers: region.consumers.filter(reads(producer)).map(({ layer }) => layer.name),
          channels: outputs,
          channelsPerEntry: perEntry,
          scales: entries(byChannel, perEntry),
          before: ranges(earlier, old),
          after: ranges(later, now),
        },
      ];
    });
  });
}

/** Largest |weight| by channel, of layers of one network. */
class WeightRanges {
  private readonly layers: ReadonlyMap<string, Layer>;
  private readonly inputRanges = new Map<string, Float64Array>();

  constructor(layers: readonly Layer[]) {
    this.layers = new Map(layers.map((layer) => [layer.name, layer]));
  }

  /** By output channel of the layer. */
  made(producer: Producer): Float64Array {
    return this.weightsOf(producer).outputRanges();
  }

  /** By output channel of the layer, the largest of all layers that read it. */
  read({ classCount, consumers }: Region, { classes }: Producer): Float64Array {
    const most = new Float64Array(classCount);
    for (const consumer of consumers) {
      const ranges = this.inputsOf(consumer);
      consumer.classes.forEach((index, channel) => {
        if (index >= 0) most[index] = Math.max(most[index], ranges[channel]);
      });
    }
    return Float64Array.from(classes, (index) => most[index]);
  }

  private inputsOf(consumer: Consumer): Float64Array {
    let ranges = this.inputRanges.get(consumer.layer.name);
    if (ranges === undefined)
      this.inputRanges.set(consumer.layer.name, (ranges = this.weightsOf(consumer).inputRanges()));
    return ranges;
  }

  private weightsOf({ layer, structure }: ScalableLayer): ScaledWeights {
    return new ScaledWeights({ layer: this.layers.get(layer.name) ?? layer, structure });
  }
}

function reads({ classes }: Producer): (consumer: Consumer) => boolean {
  const made = new Set(classes);
  return (consumer) => consumer.classes.some((index) => made.has(index));
}

/** The largest of each run of `perEntry` channels, rounded. */
function entries(values: Float64Array | Float32Array, perEntry: number): number[] {
  const largest: number[] = [];
  for (let start = 0; start < values.length; start += perEntry) {
    let most = 0;
    for (let i = start; i < Math.min(start + perEntry, values.length); i++) most = Math.max(most, values[i]);
    largest.push(Number(most.toPrecision(DIGITS)));
  }
  return largest;
}
