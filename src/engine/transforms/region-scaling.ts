/** A region while it is being scaled: its ranges now, and what one more set of scales does to it. */
import type { ChannelRange, ChannelRanges } from "./channel-ranges";
import type { EqualizedRanges } from "./equalization";
import type { Region, RegionValue } from "./region";
import type { RegionRanges } from "./scale-formulas";
import type { ScaledWeights } from "./scaled-weights";

/** Scales beyond 2^±60 leave too little of the float32 range for sums and products. */
const MAX_SCALE_EXPONENT = 60;
const LARGEST_FLOAT = 2 ** 127;

export class RegionScaling {
  /** The scale of every class so far. */
  readonly scales: Float64Array;
  /** The factor that all classes share. */
  common = 1;
  readonly before: EqualizedRanges;
  private readonly activations: readonly (readonly (number | null)[])[];

  constructor(
    readonly region: Region,
    private readonly weightsOf: (layer: string) => ScaledWeights,
    ranges: ChannelRanges,
  ) {
    this.scales = new Float64Array(region.classCount).fill(1);
    this.activations = region.values.map((value) => {
      const range = ranges.get(value.name);
      return range === undefined ? new Array<null>(region.classCount).fill(null) : largestByClass(value, range, region);
    });
    this.before = this.summary();
  }

  /** The ranges that the formulas take. */
  ranges(): RegionRanges {
    const { scales } = this;
    return {
      weights: this.producerRanges(),
      activations: this.activations.map((range) => range.map((value, index) => value && value * scales[index])),
      next: this.consumerRanges(true),
    };
  }

  /** Largest |weight| by class, of all producers and of all consumers. */
  summary(): EqualizedRanges {
    return {
      weights: largestOf(this.producerRanges(), this.region.classCount),
      activations: largestOf(this.ranges().activations, this.region.classCount),
      next: this.consumerRanges(false),
    };
  }

  /** Multiplies producers' channels by the scales and divides consumers'. */
  apply(factors: Float64Array): void {
    for (let index = 0; index < factors.length; index++) this.scales[index] *= factors[index];
    for (const { layer, classes } of this.region.producers) {
      const { outputScales } = this.weightsOf(layer.name);
      classes.forEach((index, channel) => (outputScales[channel] *= factors[index]));
    }
    for (const { layer, classes } of this.region.consumers) {
      const { inputScales } = this.weightsOf(layer.name);
      classes.forEach((index, channel) => {
        if (index >= 0) inputScales[channel] /= factors[index];
      });
    }
  }

  /**
   * Whether all numbers stay well inside the range of float32 once the factors are applied.
   * @param summary of this moment
   */
  fits(factors: Float64Array, { weights, activations, next } = this.summary()): boolean {
    const biases = this.biases();
    return factors.every((factor, index) => {
      const scale = Math.abs(Math.log2(factor * this.scales[index]));
      if (!(scale <= MAX_SCALE_EXPONENT)) return false;
      const largest = factor * Math.max(weights[index], activations[index], biases[index]);
      return largest < LARGEST_FLOAT && next[index] / factor < LARGEST_FLOAT;
    });
  }

  private biases(): Float64Array {
    const most = new Float64Array(this.region.classCount);
    for (const { layer, classes } of this.region.producers) {
      const { outputScales } = this.weightsOf(layer.name);
      layer.bias?.forEach((value, channel) => {
        most[classes[channel]] = Math.max(most[classes[channel]], Math.abs(value * outputScales[channel]));
      });
    }
    return most;
  }

  private producerRanges(): (number | null)[][] {
    return this.region.producers.map(({ layer, classes }) => {
      const range = new Array<number | null>(this.region.classCount).fill(null);
      this.weightsOf(layer.name)
        .outputRanges()
        .forEach((value, channel) => (range[classes[channel]] = Math.max(range[classes[channel]] ?? 0, value)));
      return range;
    });
  }

  /** @param relative divided by the consumer's own largest weight */
  private consumerRanges(relative: boolean): number[] {
    const most = new Array<number>(this.region.classCount).fill(0);
    for (const { layer, classes } of this.region.consumers) {
      const range = this.weightsOf(layer.name).inputRanges();
      const whole = relative ? range.reduce((a, b) => Math.max(a, b), 0) || 1 : 1;
      classes.forEach((index, channel) => {
        if (index >= 0) most[index] = Math.max(most[index], range[channel] / whole);
      });
    }
    return most;
  }
}

function largestByClass(value: RegionValue, { min, max }: ChannelRange, { classCount }: Region): (number | null)[] {
  const range = new Array<number | null>(classCount).fill(null);
  value.classes.forEach((index, channel) => {
    if (index >= 0) range[index] = Math.max(range[index] ?? 0, max[channel], -min[channel]);
  });
  return range;
}

function largestOf(ranges: readonly (readonly (number | null)[])[], count: number): number[] {
  return Array.from({ length: count }, (_, index) =>
    ranges.reduce((most, range) => Math.max(most, range[index] ?? 0), 0),
  );
}
