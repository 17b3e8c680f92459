/** Groups of layers whose output channels can be scaled without changing what the network computes. */
import type { Layer } from "../graph/layer";
import type { WeightChannels } from "./weight-channels";

/** A layer with the structure of its weights. */
export interface ScalableLayer {
  readonly layer: Layer;
  readonly structure: WeightChannels;
}

/** A layer and the values that it makes, whether in a region or not. */
export interface Maker extends ScalableLayer {
  /** The value after the bias, before the activation. */
  readonly raw: string;
  /** The value after the activation that is fused to the layer; `raw` where there is none. */
  readonly point: string;
  readonly activation: ProducerActivation;
  /** Axis of both values that counts the channels. */
  readonly axis: number;
}

/** A layer that makes the channels of a region. */
export interface Producer extends Maker {
  /** Output channel → class of the region. */
  readonly classes: Int32Array;
}

/** What stands between `raw` and `point`; `other` are the homogeneous ones with a slope. */
export type ProducerActivation = "none" | "Relu" | "Clip" | "other";

/** A layer that reads channels of a region. */
export interface Consumer extends ScalableLayer {
  /** Input channel → class of the region, −1 for channels of others. */
  readonly classes: Int32Array;
  readonly input: string;
}

/** A value whose range follows the scales. */
export interface RegionValue {
  readonly name: string;
  readonly axis: number;
  /** Index along `axis` → class of the region, −1 for channels of others. */
  readonly classes: Int32Array;
}

/** An activation inside the region that does not commute with scales and must follow them. */
export interface RegionActivation {
  readonly nodeIndex: number;
  /** What it makes; it reads channels of the same classes. */
  readonly value: RegionValue;
  /** Rank of the value. */
  readonly rank: number;
}

/** A Clip. */
export interface RegionBound extends RegionActivation {
  /** −Infinity and Infinity where the Clip leaves that side open. */
  readonly low: number;
  readonly high: number;
}

/**
 * Layers that share scales: one alone, or all whose outputs a residual Add ties together. Every class of channels takes one
 * scale S > 0: producers' output channels are multiplied by it, consumers' input channels divided.
 */
export interface Region {
  readonly producers: readonly Producer[];
  readonly consumers: readonly Consumer[];
  /** Outputs of producers after their activation, and sums; what is quantized, apart from values that only move or average them. */
  readonly values: readonly RegionValue[];
  readonly bounds: readonly RegionBound[];
  readonly hardSwishes: readonly RegionActivation[];
  readonly classCount: number;
  /** Some consumer or value holds channels of other regions too (Concat), so that even a scale common to all classes matters. */
  readonly joined: boolean;
}

export interface LeftLayer {
  readonly layer: string;
  /** One sentence. */
  readonly reason: string;
}

export interface Regions {
  /** In the order in which their first producers stand in the graph. */
  readonly regions: readonly Region[];
  /** Layers whose output channels keep their scale. */
  readonly left: readonly LeftLayer[];
  /** All layers with a known structure and the values that they read and make: where dead channels are looked for. */
  readonly readers: readonly Reader[];
  readonly makers: readonly Maker[];
}

/** A layer and the value that it reads, whether in a region or not. */
export interface Reader extends ScalableLayer {
  readonly input: string;
  /** Axis of the input that counts its channels. */
  readonly axis: number;
}
