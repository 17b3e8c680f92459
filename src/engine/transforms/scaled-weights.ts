/** Largest weights of a layer's channels while their scales change, without touching the weights themselves. */
import type { ScalableLayer } from "./region";
import { forEachKernel } from "./weight-channels";

export class ScaledWeights {
  /** One factor an output channel; starts at 1. */
  readonly outputScales: Float64Array;
  /** One factor an input channel, by which its weights are multiplied; starts at 1. */
  readonly inputScales: Float64Array;
  /** max|w| of every kernel, in the order of forEachKernel. */
  private readonly largest: Float32Array;

  constructor(readonly target: ScalableLayer) {
    const { structure, layer } = target;
    this.outputScales = new Float64Array(structure.outputs).fill(1);
    this.inputScales = new Float64Array(structure.inputs).fill(1);
    this.largest = new Float32Array(structure.first * structure.second);
    const { values } = layer.weight;
    const { kernel } = structure;
    for (let index = 0, start = 0; index < this.largest.length; index++, start += kernel) {
      let most = 0;
      for (let position = start; position < start + kernel; position++)
        most = Math.max(most, Math.abs(values[position]));
      this.largest[index] = most;
    }
  }

  /** max|W_c| of every output channel. */
  outputRanges(): Float64Array {
    const isFirst = this.target.structure.firstIs === "output";
    return isFirst
      ? this.rangesOfFirst(this.outputScales, this.inputScales)
      : this.rangesOfSecond(this.inputScales, this.outputScales);
  }

  /** max|W[·,c]| of every input channel. */
  inputRanges(): Float64Array {
    const isFirst = this.target.structure.firstIs === "input";
    return isFirst
      ? this.rangesOfFirst(this.inputScales, this.outputScales)
      : this.rangesOfSecond(this.outputScales, this.inputScales);
  }

  /** Along the leading axis of the weights; called thousands of times, hence no callback an element. */
  private rangesOfFirst(firstScales: Float64Array, secondScales: Float64Array): Float64Array {
    const { first, second, perGroup } = this.target.structure;
    const { largest } = this;
    const ranges = new Float64Array(first);
    for (let a = 0, index = 0; a < first; a++) {
      const offset = Math.floor(a / perGroup) * second;
      let most = 0;
      for (let b = 0; b < second; b++, index++) {
        const range = largest[index] * secondScales[offset + b];
        if (range > most) most = range;
      }
      ranges[a] = most * firstScales[a];
    }
    return ranges;
  }

  private rangesOfSecond(firstScales: Float64Array, secondScales: Float64Array): Float64Array {
    const { first, second, perGroup } = this.target.structure;
    const { largest } = this;
    const ranges = new Float64Array(secondScales.length);
    for (let a = 0, index = 0; a < first; a++) {
      const offset = Math.floor(a / perGroup) * second;
      const scale = firstScales[a];
      for (let b = 0; b < second; b++, index++) {
        const range = largest[index] * scale;
        if (range > ranges[offset + b]) ranges[offset + b] = range;
      }
    }
    for (let i = 0; i < ranges.length; i++) ranges[i] *= secondScales[i];
    return ranges;
  }

  /** The weights with both factors, in the order of the model, rounded once. */
  weights(): Float32Array {
    const { structure, layer } = this.target;
    const { values } = layer.weight;
    const scaled = new Float32Array(values.length);
    forEachKernel(structure, (output, input, start) => {
      const factor = this.outputScales[output] * this.inputScales[input];
      for (let index = start; index < start + structure.kernel; index++) scaled[index] = values[index] * factor;
    });
    return scaled;
  }

  /** The bias with the output channels' factors; null where the layer has none. */
  bias(): Float32Array | null {
    return this.target.layer.bias?.map((value, output) => value * this.outputScales[output]) ?? null;
  }

  /** Whether any factor is not 1. */
  get changed(): boolean {
    const differs = (scale: number) => scale !== 1;
    return this.outputScales.some(differs) || this.inputScales.some(differs);
  }
}
