/** One tensor of weights in the loop: float masters, what the network is fed in their place, and the gradient that comes back. */
import { BitwrightError } from "../../protocol/errors";
import { NoisePower } from "../analysis/sqnr";
import type { Layer } from "../graph/layer";
import { toOnnxOrder, toChannelMajor, type WeightLayout } from "../graph/layout";
import { elementCount } from "../onnx/tensor";
import { decode } from "../schemes/decode";
import type { QuantizedWeights } from "../schemes/scheme";
import type { FoldableNormalization } from "./foldable-normalizations";
import { KernelMemory } from "./kernels/kernels";
import type { TiedLayers } from "./tied-layers";
import type { WeightQuantizer } from "./quantizers/quantizer";
import { weightQuantizer, type QuantizerOptions } from "./quantizers/registry";

/** Arrays of every tensor: five of its own, and two of an optimizer. */
const ARRAYS = 7;

/**
 * Room for tensors and what an optimizer remembers of them.
 * @throws BitwrightError not-available where they are too large
 */
export function memoryFor(trained: readonly TiedLayers[]): KernelMemory {
  const counts = trained.flatMap(({ layers: [{ weight }] }) => new Array<number>(ARRAYS).fill(weight.values.length));
  if (KernelMemory.fits(counts)) return new KernelMemory(counts);
  throw new BitwrightError(
    "not-available",
    "the weights that are to be trained are too many for one run",
    "Train some of the layers: name them in trained",
    { field: "trained" },
  );
}

export class TrainedWeights {
  /** Channel-major. */
  readonly masters: Float32Array;
  /** What the network is fed, in the model's own order. */
  readonly fed: Float32Array;
  /** Receives the gradient by what is fed, in the model's own order. */
  readonly fedGradients: Float32Array;
  /** By the masters, channel-major; valid after {@link backward}. */
  readonly gradients: Float32Array;
  readonly quantizer: WeightQuantizer | null;
  /** Gradient by what the quantizer trains. */
  readonly quantizerGradients: Float32Array;
  /** What the codes of the masters stand for without the normalization, channel-major; `fed` itself where that is the same. */
  private readonly quantized: Float32Array;
  /** Position in channel-major order of every element of the model's; null where both are the same. */
  private readonly order: Uint32Array | null;

  constructor(
    readonly tied: TiedLayers,
    options: QuantizerOptions,
    private readonly memory: KernelMemory,
    /** Becomes part of the codes where they are evaluated and deployed. */
    private readonly normalization: FoldableNormalization | null,
  ) {
    const { layer } = this;
    const weights = toChannelMajor(layer.weight.values, layer.layout);
    this.masters = this.allocate(weights.values);
    this.order = elementOrder(layer.layout);
    this.fed = this.allocate(layer.weight.values);
    this.fedGradients = this.allocate();
    this.quantized = this.order === null && normalization === null ? this.fed : this.allocate();
    this.gradients = this.order === null ? this.fedGradients : this.allocate();
    this.quantizer = tied.settings === null ? null : weightQuantizer(weights, tied.settings, options);
    this.quantizerGradients = new Float32Array(this.quantizer?.trained.length ?? 0);
  }

  /** The first of the tied layers: they all have its weights. */
  get layer(): Layer {
    return this.tied.layers[0];
  }

  /** An array for an optimizer, as long as the tensor, that kernels work on without copies. */
  allocate(values?: Float32Array): Float32Array {
    const array = this.memory.allocate(this.layer.weight.values.length);
    if (values !== undefined) array.set(values);
    return array;
  }

  /**
   * Prepares what the network is fed.
   * @param training for a step: quantizers that train on the masters do so, and a normalization is a node of its own
   */
  forward(training: boolean): void {
    const { quantizer, quantized, masters, order, fed, normalization } = this;
    if (quantizer === null || (training && quantizer.floatForward)) quantized.set(masters);
    else quantizer.quantize(masters, quantized);
    const values = training || normalization === null ? quantized : decode(this.codes()!);
    if (order !== null) for (let i = 0; i < order.length; i++) fed[i] = values[order[i]];
    else if (values !== fed) fed.set(values);
  }

  /** Turns the gradient by what was fed into that by the masters and by what the quantizer trains. */
  backward(): void {
    const { order, gradients, fedGradients, quantizer } = this;
    if (order !== null) for (let i = 0; i < order.length; i++) gradients[order[i]] = fedGradients[i];
    if (quantizer?.floatForward === true) this.quantizerGradients.fill(0);
    else quantizer?.backward(this.masters, this.quantized, gradients, this.quantizerGradients);
  }

  /** As they are deployed. */
  codes(): QuantizedWeights | null {
    const codes = this.unfoldedCodes();
    return codes === null || this.normalization === null ? codes : this.normalization.folded(codes);
  }

  /** Those of the masters, without the normalization. */
  unfoldedCodes(): QuantizedWeights | null {
    return this.quantizer?.codes(this.masters) ?? null;
  }

  /** Those of the codes, as {@link forward} took them last; null where there are no codes. */
  scales(): Float64Array | null {
    const scales = this.quantizer?.scales() ?? null;
    return scales === null || this.normalization === null ? scales : this.normalization.foldedScales(scales);
  }

  /**
   * Signal and noise of what {@link forward} prepared last. A normalization is in neither, and leaves each channel the scale that
   * fits best.
   */
  noise(): NoisePower {
    const power = new NoisePower();
    const { masters, quantized, normalization } = this;
    const { channels, perChannel } = this.layer.layout;
    for (let start = 0; start < channels * perChannel; start += perChannel) {
      const end = start + perChannel;
      const scale = normalization === null ? 1 : bestScale(masters, quantized, start, end);
      for (let i = start; i < end; i++) {
        const difference = masters[i] - scale * quantized[i];
        power.signal += masters[i] * masters[i];
        power.noise += difference * difference;
      }
    }
    return power;
  }

  /** What {@link forward} prepared last, without the normalization, in channel-major order; a view. */
  get decoded(): Float32Array {
    return this.quantized;
  }
}

/** Of `Σ (a − scale·b)²` the scale that makes it least. */
function bestScale(a: Float32Array, b: Float32Array, start: number, end: number): number {
  let product = 0;
  let square = 0;
  for (let i = start; i < end; i++) {
    product += a[i] * b[i];
    square += b[i] * b[i];
  }
  return square === 0 ? 1 : product / square;
}

function elementOrder(layout: WeightLayout): Uint32Array | null {
  const positions = Int32Array.from({ length: elementCount(layout.viewDims) }, (_, position) => position);
  const order = toOnnxOrder(positions, layout);
  return order.every((position, i) => position === i) ? null : Uint32Array.from(order);
}
