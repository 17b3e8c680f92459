/**
 * Samples of a source as tensors of one model input: `(x · scale − mean) / std`, axes and channels in the model's order,
 * in the model's element type.
 */
import { BitwrightError, shownName, type ErrorPlace } from "../../protocol/errors";
import type { RuntimeTensor } from "../runtime";
import { bindSamples, type Binding } from "./bind";
import { showDims, type ModelInput, type SampleSource } from "./dataset";
import { allocateElements, elementRange, isFloatElement, writeElements } from "./element-types";
import { placementOrder } from "./layout";
import type { Preprocessing } from "./settings";

export class InputReader {
  readonly notes: readonly string[];
  private readonly binding: Binding;
  private readonly order: Int32Array | null;
  private readonly mean: readonly number[];
  private readonly std: readonly number[];
  private readonly scale: number;
  /** Values between two neighbours of one channel position: the channel of value i is `floor(i / inner) % channels`. */
  private readonly inner: number;
  private readonly stored: Float64Array;
  private readonly values: Float64Array;

  /**
   * @throws BitwrightError data-shape where samples do not fit the input, or mean and std not its channels
   */
  constructor(
    private readonly source: SampleSource,
    private readonly input: ModelInput,
    settings: Preprocessing,
  ) {
    const layout = source.layout ?? settings.layout ?? null;
    this.binding = bindSamples(source.dims, input, layout, source.name);
    const { placement } = this.binding;
    const elements = placement.dims.reduce((product, size) => product * size, 1);
    this.stored = new Float64Array(elements);
    this.values = new Float64Array(elements);
    this.scale = settings.scale ?? 1;
    this.mean = listOf(settings.mean ?? 0);
    this.std = listOf(settings.std ?? 1);

    const swap = settings.channelOrder === "BGR";
    const channels = swap ? 3 : Math.max(this.mean.length, this.std.length);
    const axis = channels === 1 ? null : this.channelAxis(channels);
    this.inner = axis === null ? elements : placement.dims.slice(axis + 1).reduce((product, size) => product * size, 1);
    const order = placementOrder(placement);
    this.order = swap ? reversedChannels(order, elements, this.inner) : order;
    this.notes = this.describe(settings);
  }

  get count(): number {
    return this.source.count;
  }

  /** Input and data, for messages. */
  get place(): ErrorPlace {
    return { field: `input "${shownName(this.input.name)}", ${this.source.name}` };
  }

  get fixedBatch(): number | null {
    return this.binding.fixedBatch;
  }

  /**
   * Samples `start` to `start + count` as one tensor.
   * @throws BitwrightError data-invalid, data-shape, data-not-finite
   */
  async read(start: number, count: number): Promise<RuntimeTensor> {
    const { dims } = this.binding.placement;
    const size = this.values.length;
    const data = allocateElements(this.input.type, count * size);
    for (let i = 0; i < count; i++) {
      await this.readValues(start + i);
      writeElements(this.input.type, this.values, data, i * size);
    }
    return { type: this.input.type, dims: this.binding.batched ? [count, ...dims] : dims, data };
  }

  /**
   * Whether the first samples hold one value alone; stops at the first that differs.
   * @param count samples to look at
   */
  async isConstant(count: number): Promise<boolean> {
    let first: number | undefined;
    for (let index = 0; index < count; index++) {
      await this.readValues(index);
      first ??= this.values[0];
      for (let i = 0; i < this.values.length; i++) if (this.values[i] !== first) return false;
    }
    return true;
  }

  async close(): Promise<void> {
    await this.source.close();
  }

  /** Fills `values` with one sample as the model takes it. */
  private async readValues(index: number): Promise<void> {
    try {
      await this.source.read(index, this.stored);
    } catch (error) {
      throw error instanceof BitwrightError ? error.within(this.place) : error;
    }
    const { stored, values, order, scale, mean, std, inner } = this;
    const channels = Math.max(mean.length, std.length);
    for (let start = 0, channel = 0; start < values.length; start += inner) {
      const shift = mean[mean.length === 1 ? 0 : channel];
      const divisor = std[std.length === 1 ? 0 : channel];
      const end = Math.min(start + inner, values.length);
      for (let i = start; i < end; i++) {
        values[i] = (stored[order === null ? i : order[i]] * scale - shift) / divisor;
      }
      channel = (channel + 1) % channels;
    }
    this.checkValues(index);
  }

  private checkValues(index: number): void {
    const { values } = this;
    const { type } = this.input;
    const { min, max } = elementRange(type);
    const whole = !isFloatElement(type);
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      // False for NaN as well.
      if (value >= min && value <= max && !(whole && !Number.isInteger(value))) continue;
      throw this.badValue(index, i, value);
    }
  }

  private badValue(index: number, position: number, value: number): BitwrightError {
    const { type } = this.input;
    const { place } = this;
    const where = `sample ${index}, value ${position}`;
    if (!Number.isFinite(value)) {
      const [expected, remedy] = isFloatElement(this.source.type)
        ? ["a finite number", "Remove such samples from the data"]
        : ["an integer below 2^53", "Save the data in a smaller type"];
      const got = Number.isNaN(value) && !isFloatElement(this.source.type) ? "a larger one" : String(value);
      return new BitwrightError("data-not-finite", `${where}: expected ${expected}, got ${got}`, remedy, place);
    }
    const { min, max } = elementRange(type);
    return new BitwrightError(
      "data-invalid",
      `${where}: expected ${isFloatElement(type) ? "a number" : "an integer"} from ${min} to ${max} (${type}), got ${value}`,
      "Check scale, mean and std",
      place,
    );
  }

  /** The axis of the sample in the model that has so many channels. */
  private channelAxis(channels: number): number {
    const { dims, layout } = this.binding.placement;
    const last = dims.length - 1;
    const candidates = layout === "NHWC" ? [last] : layout === "NCHW" ? [0] : [0, last];
    const axis = candidates.find((candidate) => dims[candidate] === channels);
    if (axis !== undefined) return axis;
    throw new BitwrightError(
      "data-shape",
      `mean, std or channelOrder are for ${channels} channels, and its samples are ${showDims(dims)}`,
      "Give one number for all, or one a channel",
      this.place,
    );
  }

  private describe(settings: Preprocessing): string[] {
    const input = `Input "${shownName(this.input.name)}"`;
    const notes: string[] = [];
    const { note } = this.binding.placement;
    if (note !== null) notes.push(`${input}: ${note}`);
    const unscaled = settings.scale === undefined && settings.mean === undefined && settings.std === undefined;
    if (unscaled && !isFloatElement(this.source.type) && isFloatElement(this.input.type)) {
      const { type } = this.source;
      const range = type === "uint8" ? "0 to 255" : "they are";
      notes.push(`${input}: ${type} values go in as ${range}, for no scale, mean or std is set`);
    }
    return notes;
  }
}

function listOf(value: number | readonly number[]): readonly number[] {
  return typeof value === "number" ? [value] : value;
}

/** The order with the first and the third of three channels exchanged. */
function reversedChannels(order: Int32Array | null, elements: number, inner: number): Int32Array {
  const swapped = new Int32Array(elements);
  for (let i = 0; i < elements; i++) {
    const channel = Math.floor(i / inner) % 3;
    const from = i + (2 - 2 * channel) * inner;
    swapped[i] = order === null ? from : order[from];
  }
  return swapped;
}
