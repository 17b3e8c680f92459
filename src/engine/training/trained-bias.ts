/** The bias of one layer in the loop: a float master, and in its place the integers that are added to sums of codes. */
import { BIAS_LIMIT, biasScales } from "../activations/integer-bias";
import type { Layer } from "../graph/layer";
import type { FoldableNormalization } from "./foldable-normalizations";
import type { TrainedActivations } from "./trained-activations";
import { roundHalfEven } from "../schemes/rounding";

/** Scales whose product is the unit of an integer bias. */
interface BiasUnit {
  /** Of the weights as they were last prepared: one for all channels, or one a channel. */
  readonly weightScales: () => Float64Array;
  /** Of the activations that the weights are multiplied with. */
  readonly inputScale: () => number;
  /** Training runs on weights and biases as they are, and only what is measured and deployed on their codes. */
  readonly floatForward: boolean;
}

/** A bias that has become a constant of its own. */
export interface ChangedBias {
  readonly layer: Layer;
  readonly name: string;
  readonly dims: readonly number[];
  readonly isTrained: boolean;
  /** What the layer's weights are multiplied with; null where that is no value of the graph. */
  readonly input: string | null;
  /** One for all channels, or one a channel; null where there are others, or none. */
  readonly weightScales: (() => Float64Array) | null;
  readonly floatForward: boolean;
  /** Becomes part of the bias where it is evaluated and deployed. */
  readonly normalization: FoldableNormalization | null;
}

export class TrainedBias {
  /** One value a channel. */
  readonly values: Float32Array;
  /** What the network is fed; `values` themselves where biases are deployed in float. */
  readonly fed: Float32Array;
  /** Receives the gradient by what is fed, which is taken for the one by the values. */
  readonly gradients: Float32Array;

  /**
   * @param isTrained whether the optimizer changes it; where not it is still made anew when scales and normalizations change
   * @param unit null where it is deployed in float
   */
  constructor(
    readonly layer: Layer,
    readonly isTrained: boolean,
    private readonly unit: BiasUnit | null,
    private readonly normalization: FoldableNormalization | null,
  ) {
    this.values = layer.bias?.slice() ?? new Float32Array(layer.layout.channels);
    this.fed = unit === null && normalization === null ? this.values : this.values.slice();
    this.gradients = new Float32Array(this.values.length);
  }

  /** Prepares what the network is fed; its weights go first. @param training as for them */
  forward(training: boolean): void {
    const { unit, fed, normalization } = this;
    const values = training || normalization === null ? this.values : normalization.foldedBias(this.values);
    // A normalization behind it takes any bias off, and its running mean is to be that of sums with the unrounded one,
    // which it folds.
    const isRounded = unit !== null && !(training && (unit.floatForward || normalization !== null));
    if (!isRounded) {
      if (values !== fed) fed.set(values);
      return;
    }
    const scales = biasScales(unit.weightScales(), unit.inputScale());
    for (let i = 0; i < values.length; i++) {
      const scale = scales[scales.length === 1 ? 0 : i];
      const code = roundHalfEven(values[i] / scale);
      // Beyond, the deployed unit is a larger one that lets the bias fit, and still far below what can be told apart.
      fed[i] = Math.abs(code) <= BIAS_LIMIT ? code * scale : values[i];
    }
  }
}

/** Null where it stays as it is. */
export function trainedBias(bias: ChangedBias, activations: TrainedActivations | null): TrainedBias | null {
  const { layer, isTrained, input, weightScales, floatForward, normalization } = bias;
  const group = activations?.groupOf.get(input ?? "");
  const unit: BiasUnit | null =
    activations === null || group === undefined || weightScales === null
      ? null
      : { weightScales, inputScale: () => activations.ranges.parameters(group).scale, floatForward };
  const changes = isTrained || unit !== null || normalization !== null;
  return changes ? new TrainedBias(layer, isTrained, unit, normalization) : null;
}
