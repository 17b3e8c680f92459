/** Sums of squares per channel, computed in the graph and added up over the batches. */
import {
  hasPositions,
  reduceToChannels,
  stridedDims,
  takeElements,
  takePositions,
  type ObservedValue,
} from "../../activations/observe";
import { floatsOf } from "../../activations/run";
import type { GraphEdit, Reduction } from "../../graph/edit";
import { elementCount } from "../../onnx/tensor";
import type { RuntimeTensor } from "../../runtime";

/** Positions of a feature map that are compared; larger maps are compared on a regular grid. */
export const DEFAULT_POSITIONS = 1024;

/** Elements of every sample that are fetched for distributions. */
const ELEMENTS_PER_SAMPLE = 128;

/** Sums that the graph computes, by the name of its output. */
export class ChannelSums {
  private readonly sums = new Map<string, Float64Array>();
  private readonly known = new Map<string, string>();

  constructor(
    private readonly edit: GraphEdit,
    private readonly positions: number = DEFAULT_POSITIONS,
  ) {}

  /** The value on the grid of positions at which values of these dimensions are compared. */
  thinned(value: string, like: ObservedValue): string {
    return this.remembered(`positions ${value}`, () =>
      takePositions(this.edit, value, like.dims.length, this.stride(like)),
    );
  }

  /** Share of the elements that are on the grid. */
  elements(like: ObservedValue): number {
    return elementCount(this.thinnedDims(like));
  }

  /** Adds `Σv²` (or `Σv`) per channel of a thinned value. */
  sum(value: string, like: ObservedValue, operator: Reduction = "ReduceSumSquare"): string {
    return this.remembered(`${operator} ${value}`, () => {
      const output = reduceToChannels(this.edit, operator, value, like);
      this.edit.addOutput(output);
      this.sums.set(output, new Float64Array(like.channels));
      return output;
    });
  }

  /** Adds `Σ(a − b)²` per channel of two thinned values. */
  difference(a: string, b: string, like: ObservedValue): string {
    return this.sum(this.edit.add("Sub", [a, b]), like);
  }

  /** Makes a bounded number of the elements of a thinned value an output. */
  sample(value: string, like: ObservedValue): string {
    const output = takeElements(this.edit, value, this.thinnedDims(like), ELEMENTS_PER_SAMPLE);
    this.edit.addOutput(output);
    return output;
  }

  /** Adds what one batch has brought. */
  collect(outputs: Readonly<Record<string, RuntimeTensor>>): void {
    for (const [name, sums] of this.sums) {
      const found = floatsOf(outputs, name);
      for (let channel = 0; channel < sums.length; channel++) sums[channel] += found[channel];
    }
  }

  result(output: string): Float64Array {
    return this.sums.get(output) ?? new Float64Array();
  }

  private stride(like: ObservedValue): number {
    if (!hasPositions(like)) return 1;
    const spatial = like.dims.slice(2);
    return Math.max(1, Math.ceil((elementCount(spatial) / this.positions) ** (1 / spatial.length)));
  }

  private thinnedDims(like: ObservedValue): number[] {
    return hasPositions(like) ? stridedDims(like.dims, this.stride(like)) : [...like.dims];
  }

  private remembered(key: string, make: () => string): string {
    let name = this.known.get(key);
    if (name === undefined) this.known.set(key, (name = make()));
    return name;
  }
}
