/** Quantizers whose parameters follow the masters: in every step (`block`, `log2`), or now and then (codebooks). */
import type { ChannelMajorWeights } from "../../graph/layout";
import { parametersOf } from "../../schemes/given-parameters";
import { fitScheme } from "../../schemes/registry";
import type { QuantizedWeights, SchemeSettings } from "../../schemes/scheme";
import { decoding } from "./decoding";
import { channelMajor, type WeightQuantizer } from "./quantizer";

/** The scheme as it is, fitted to the masters in every step. The gradient passes unchanged. */
export function refittedQuantizer(weights: ChannelMajorWeights, settings: SchemeSettings): WeightQuantizer {
  const codes = (masters: Float32Array): QuantizedWeights => fitScheme(channelMajor(masters, weights), settings);
  return { ...FOLLOWING, ...decoding(codes), found: [], codes };
}

/**
 * A palette that stays between refits; in between a weight takes the nearest of its entries. The gradient passes unchanged.
 */
export function paletteQuantizer(weights: ChannelMajorWeights, settings: SchemeSettings): WeightQuantizer {
  return new PaletteQuantizer(weights, settings);
}

const FOLLOWING: Pick<WeightQuantizer, "trained" | "floatForward" | "refit" | "restore" | "backward"> = {
  trained: new Float32Array(0),
  floatForward: false,
  refit: () => undefined,
  restore: () => undefined,
  backward: () => undefined,
};

class PaletteQuantizer implements WeightQuantizer {
  readonly trained = new Float32Array(0);
  readonly floatForward = false;
  found: readonly number[];
  private readonly decoding = decoding((masters) => this.codes(masters));

  constructor(
    private readonly weights: ChannelMajorWeights,
    private readonly settings: SchemeSettings,
  ) {
    this.found = this.centresOf(weights.values);
  }

  refit(masters: Float32Array): void {
    this.found = this.centresOf(masters);
  }

  restore(found: readonly number[]): void {
    this.found = found;
  }

  quantize(masters: Float32Array, target: Float32Array): void {
    this.decoding.quantize(masters, target);
  }

  scales(): Float64Array {
    return this.decoding.scales();
  }

  backward(): void {
    // Straight through: palettes are found, not trained.
  }

  codes(masters: Float32Array): QuantizedWeights {
    return fitScheme(channelMajor(masters, this.weights), { ...this.settings, parameters: this.found });
  }

  private centresOf(masters: Float32Array): number[] {
    return parametersOf(fitScheme(channelMajor(masters, this.weights), this.settings));
  }
}
