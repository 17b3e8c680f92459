/** Everything that a run trains, as flat arrays: weights, biases, and what quantizers and penalties train along. */
import type { NetworkParts } from "./network";
import { optimizerState, squaredNorm, update, type OptimizerState, type UpdateOptions } from "./optimizers";
import type { TrainingSettings } from "./settings";

interface TrainedArray {
  /** For messages. */
  readonly layer: string;
  readonly values: Float32Array;
  readonly gradients: Float32Array;
  readonly state: OptimizerState;
  /** Weights alone: biases and scales have no reason to be small. */
  readonly decays: boolean;
}

export class Parameters {
  private readonly arrays: readonly TrainedArray[];
  /** Of batch normalizations: they follow the steps by themselves. */
  private readonly statistics: readonly Float32Array[];

  constructor(
    network: NetworkParts,
    private readonly settings: TrainingSettings,
  ) {
    const { optimizer } = settings;
    const array = (layer: string, values: Float32Array, gradients: Float32Array): TrainedArray => {
      return { layer, values, gradients, state: optimizerState(optimizer, values.length), decays: false };
    };
    this.arrays = [
      ...network.weights.flatMap((weights) => {
        const { layer, masters, gradients, quantizer, quantizerGradients } = weights;
        const state = optimizerState(optimizer, masters.length, () => weights.allocate());
        return [
          { layer: layer.name, values: masters, gradients, state, decays: true },
          ...(quantizer === null || quantizer.trained.length === 0
            ? []
            : [array(layer.name, quantizer.trained, quantizerGradients)]),
        ];
      }),
      ...network.biases
        .filter(({ isTrained }) => isTrained)
        .map(({ layer, values, gradients }) => array(layer.name, values, gradients)),
      ...network.normalizations.parameters.map(({ name, values, received }) => array(name, values, received)),
      ...network.foldable.flatMap(({ layer, factors, factorGradients, shifts, shiftGradients }) => [
        array(layer.name, factors, factorGradients),
        array(layer.name, shifts, shiftGradients),
      ]),
    ];
    this.statistics = [
      ...network.normalizations.statistics.map(({ values }) => values),
      ...network.foldable.flatMap(({ means, variances }) => [means, variances]),
    ];
  }

  /**
   * One step of the optimizer over all arrays.
   * @param step counted from 1
   */
  update(learningRate: number, step: number): void {
    const { optimizer, momentum, weightDecay, clipNorm } = this.settings;
    const norm = clipNorm === undefined ? 0 : Math.sqrt(squaredNorm(this.arrays.map(({ gradients }) => gradients)));
    const gradientFactor = clipNorm === undefined || norm <= clipNorm ? 1 : clipNorm / norm;
    const options: UpdateOptions = { optimizer, momentum, weightDecay, learningRate, step, gradientFactor };
    const withoutDecay = { ...options, weightDecay: 0 };
    for (const { values, gradients, state, decays } of this.arrays)
      update(values, gradients, state, decays ? options : withoutDecay);
  }

  /** Whether a number among values or gradients is not finite. */
  get haveDiverged(): boolean {
    return this.arrays.some(({ values, gradients }) => !Number.isFinite(squaredNorm([values, gradients])));
  }

  /**
   * The layer to name when a run diverges: the first with a value that is not finite, else the one with the largest. Gradients do
   * not tell: a loss that is not a number makes all of them so.
   */
  worst(): string | undefined {
    const sizes = this.arrays.map(({ values }) =>
      values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : Infinity), 0),
    );
    return this.arrays.at(sizes.indexOf(Math.max(...sizes)))?.layer;
  }

  /** Values alone, or with what the optimizer remembers, in one order. */
  all(withState: boolean): Float32Array[] {
    const trained = this.arrays.flatMap(({ values, state }) => (withState ? [values, ...state.moments] : [values]));
    return [...trained, ...this.statistics];
  }
}
