/** Shifts of layers' outputs, measured where the quantized network stands beside the float one in one graph. */
import { floatsOf, runBatches, withSession, type RunControl, type Samples } from "../activations/run";
import { addRounded, withDecodedWeights, type QuantizedNetwork } from "../analysis/noise/network";
import { GraphEdit } from "../graph/edit";
import { GraphIndex } from "../graph/graph";
import { DataType } from "../onnx/data-types";
import type { OnnxModel } from "../onnx/model";
import { elementCount } from "../onnx/tensor";
import type { Runtime } from "../runtime";
import type { CorrectedLayer } from "./bias-correction";
import type { GraphFacts } from "./graph-facts";
import type { Maker } from "./region";

export interface MeasuredLayer extends Maker {
  /** The value that the layer reads. */
  readonly input: string;
  /** Axis of `input` that counts its channels. */
  readonly inputAxis: number;
}

/** Elements of the largest value of one batch, and samples: enough for a steady mean, and little memory. */
const LARGEST_VALUE = 2 ** 25;
const MAX_BATCH = 32;

const MEAN_AXES_INPUT_SINCE = 18;

/** What the graph computes of one layer. */
interface Tap {
  readonly item: MeasuredLayer;
  readonly shift: string;
  readonly before: string;
  readonly after: string;
}

export class BiasMeasurement {
  /** What is added to the biases of the layers so far, by layer name; those that were not kept have no entry. */
  readonly corrections = new Map<string, Float32Array>();
  private readonly index: GraphIndex;
  private readonly makerOf: ReadonlyMap<string, MeasuredLayer>;
  private readonly batch: number;

  constructor(
    private readonly network: QuantizedNetwork,
    layers: readonly MeasuredLayer[],
    private readonly facts: GraphFacts,
    private readonly runtime: Runtime,
    private readonly samples: Samples,
    private readonly control: RunControl,
  ) {
    this.index = new GraphIndex(network.model.graph);
    this.makerOf = new Map(layers.map((item) => [item.raw, item]));
    this.batch = batchOf(facts, samples);
  }

  /**
   * Measures the shift of some layers, the corrections of all earlier runs applied, and keeps what lowers the error.
   * @param given shifts to try in place of the measured ones, by layer name
   */
  async run(
    layers: readonly MeasuredLayer[],
    given: ReadonlyMap<string, Float64Array> | null,
  ): Promise<CorrectedLayer[]> {
    if (layers.length === 0) return [];
    const edit = new GraphEdit(this.network.model);
    const taps = this.addNetwork(edit, new Set(layers), given);
    const sums = taps.map(({ item }) => ({ shift: new Float64Array(item.structure.outputs), before: 0, after: 0 }));
    for (const tap of taps) for (const output of [tap.shift, tap.before, tap.after]) edit.addOutput(output);
    await withSession(this.runtime, edit.encode(), (session) =>
      runBatches(session, this.samples, this.batch, this.control, (outputs, _start, count) => {
        taps.forEach((tap, position) => {
          const sum = sums[position];
          const shift = floatsOf(outputs, tap.shift);
          for (let channel = 0; channel < sum.shift.length; channel++) sum.shift[channel] += shift[channel] * count;
          sum.before += floatsOf(outputs, tap.before)[0];
          sum.after += floatsOf(outputs, tap.after)[0];
        });
      }),
    );
    return taps.map(({ item }, position) => {
      const { shift, before, after } = sums[position];
      const correction = Float32Array.from(shift, (sum) => -sum / this.samples.count);
      const kept = after < before;
      if (kept) this.corrections.set(item.layer.name, correction);
      const { name } = item.layer;
      return { layer: name, correction: Array.from(correction), errorBefore: before, errorAfter: after, kept };
    });
  }

  /** The quantized network beside the float one, up to the last of the layers. */
  private addNetwork(
    edit: GraphEdit,
    active: Set<MeasuredLayer>,
    given: ReadonlyMap<string, Float64Array> | null,
  ): Tap[] {
    const { network } = this;
    const { model, plan } = network;
    const renamed = new Map<string, string>();
    const taps: Tap[] = [];
    const isRounded = (value: string) => plan.groupOf.has(value) && !plan.moved.has(value);
    const round = (value: string) => {
      if (isRounded(value)) renamed.set(value, addRounded(edit, network, renamed.get(value) ?? value, value));
    };
    for (const input of model.graph.input) round(input.name);
    model.graph.node.forEach((node, nodeIndex) => {
      if (taps.length === active.size) return;
      const own = network.layers.filter((layer) => layer.nodeIndex === nodeIndex && network.weights.has(layer.name));
      if (own.length === 0 && !node.output.some(isRounded) && !node.input.some((input) => renamed.has(input))) return;
      edit.addCopy(
        own.reduce((copy, layer) => withDecodedWeights(edit, network, layer, copy), node),
        renamed,
      );
      for (const output of node.output) {
        const item = this.makerOf.get(output);
        if (item !== undefined) {
          const tap = active.has(item)
            ? this.addTap(edit, item, renamed, given)
            : this.applySettled(edit, item, renamed);
          if (tap !== null) taps.push(tap);
        }
        round(output);
      }
    });
    return taps;
  }

  private applySettled(edit: GraphEdit, item: MeasuredLayer, renamed: Map<string, string>): null {
    const correction = this.corrections.get(item.layer.name);
    const value = renamed.get(item.raw);
    if (correction !== undefined && value !== undefined) {
      renamed.set(item.raw, edit.add("Add", [value, this.perChannel(edit, item, correction)]));
    }
    return null;
  }

  /** Corrects the value by the mean of this batch if that lowers this batch's error, for the layers behind it. */
  private addTap(
    edit: GraphEdit,
    item: MeasuredLayer,
    renamed: Map<string, string>,
    given: ReadonlyMap<string, Float64Array> | null,
  ): Tap {
    const value = renamed.get(item.raw) ?? item.raw;
    const known = given?.get(item.layer.name);
    const shift =
      known === undefined
        ? addMean(edit, this.network.model, edit.add("Sub", [value, item.raw]), this.otherAxes(item), 1)
        : this.perChannel(edit, item, Float32Array.from(known));
    const corrected = edit.add("Sub", [value, shift]);
    const before = this.addError(edit, item, value);
    const after = this.addError(edit, item, corrected);
    // Multiplied by 0 or 1: operator sets before 9 have no Where.
    const isLess = edit.add("Cast", [edit.add("Less", [after, before])], { to: DataType.FLOAT });
    renamed.set(item.raw, edit.add("Sub", [value, edit.add("Mul", [shift, isLess])]));
    return { item, shift: edit.reshape(shift, [-1]), before, after };
  }

  /** Σ of squared differences to the float network after the layer's activation. */
  private addError(edit: GraphEdit, { layer, raw }: MeasuredLayer, value: string): string {
    const { model, plan } = this.network;
    const local = new Map([[raw, value]]);
    const chain = plan.chain.get(layer.name) ?? [];
    const from = chain.indexOf(this.index.producerIndex(raw)!) + 1;
    for (const nodeIndex of from === 0 ? [] : chain.slice(from)) edit.addCopy(model.graph.node[nodeIndex], local);
    const point = from === 0 ? raw : (plan.outputPoint.get(layer.name) ?? raw);
    const difference = edit.add("Sub", [local.get(point) ?? value, point]);
    return edit.reduce("ReduceSumSquare", edit.reshape(difference, [-1]), [0]);
  }

  private perChannel(edit: GraphEdit, item: MeasuredLayer, values: Float32Array): string {
    const rank = this.facts.dims.get(item.raw)?.length ?? 1;
    const dims = Array.from({ length: rank }, (_, axis) => (axis === item.axis ? values.length : 1));
    return edit.addFloats(`${item.raw}_shift`, { dims, values });
  }

  private otherAxes({ raw, axis }: MeasuredLayer): number[] {
    return (this.facts.dims.get(raw) ?? []).map((_, index) => index).filter((index) => index !== axis);
  }
}

/** E[x] of every input channel of the layers, by the name of the value that they read. */
export async function inputMeans(
  model: OnnxModel,
  layers: readonly MeasuredLayer[],
  facts: GraphFacts,
  runtime: Runtime,
  samples: Samples,
  control: RunControl,
): Promise<ReadonlyMap<string, Float64Array>> {
  if (layers.length === 0) return new Map();
  const edit = new GraphEdit(model);
  const axes = new Map(layers.map(({ input, inputAxis }) => [input, inputAxis]));
  const means = [...axes].map(([input, axis]) => {
    const dims = facts.dims.get(input) ?? [];
    const others = dims.map((_, index) => index).filter((index) => index !== axis);
    const output = addMean(edit, model, input, others, 0);
    edit.addOutput(output);
    return { input, output, mean: new Float64Array(dims[axis] ?? 0) };
  });
  await withSession(runtime, edit.encode(), (session) =>
    runBatches(session, samples, batchOf(facts, samples), control, (outputs, _start, count) => {
      for (const { output, mean } of means) {
        floatsOf(outputs, output).forEach((value, channel) => (mean[channel] += (value * count) / samples.count));
      }
    }),
  );
  return new Map(means.map(({ input, mean }) => [input, mean]));
}

function addMean(
  edit: GraphEdit,
  { opset }: OnnxModel,
  value: string,
  axes: readonly number[],
  keepdims: 0 | 1,
): string {
  return opset >= MEAN_AXES_INPUT_SINCE
    ? edit.add("ReduceMean", [value, edit.int64s(axes)], { keepdims })
    : edit.add("ReduceMean", [value], { axes, keepdims });
}

function batchOf({ dims }: GraphFacts, { count, fixedBatch }: Samples): number {
  if (fixedBatch !== null) return fixedBatch;
  const largest = [...dims.values()].reduce((most, shape) => Math.max(most, elementCount(shape)), 1);
  return Math.max(1, Math.min(count, MAX_BATCH, Math.floor(LARGEST_VALUE / largest)));
}
