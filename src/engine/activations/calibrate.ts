/** Calibration: what range every value that gets codes takes on real data. */
import { BitwrightError, shownName } from "../../protocol/errors";
import { GraphEdit } from "../graph/edit";
import type { OnnxModel } from "../onnx/model";
import { elementCount } from "../onnx/tensor";
import type { Runtime, RuntimeSession, RuntimeTensor } from "../runtime";
import { operatorBounds } from "./bounds";
import { ChannelRange } from "./channel-range";
import { Distribution } from "./distribution";
import {
  channelsLastValues,
  hasPositions,
  observedValue,
  reduceToChannels,
  stridedDims,
  takeElements,
  takePositions,
  type ObservedValue,
} from "./observe";
import type { ActivationPlan } from "./plan";
import {
  batchSize,
  floatData,
  probeShapes,
  runBatches,
  withSession,
  type ProbedShapes,
  type RunControl,
  type Samples,
} from "./run";

/** Range of one value, over all samples. */
export interface ValueRange {
  readonly value: string;
  readonly dims: readonly number[];
  readonly channelAxis: number | null;
  /** Exact; of a value behind Relu or a Clip from 0, the least on a grid of positions of some of the samples. */
  readonly channelMin: Float32Array;
  /** Exact. */
  readonly channelMax: Float32Array;
}

/** Range of a group, exact once it is widened to hold 0, and the distribution of bounded samples of its values. */
export interface GroupRange {
  readonly min: number;
  readonly max: number;
  readonly distribution: Distribution;
}

export interface Calibration {
  readonly samples: number;
  /** In the order of the plan's groups. */
  readonly groups: readonly GroupRange[];
  /** Of the values whose ranges decide, and of the layers' output points. */
  readonly values: ReadonlyMap<string, ValueRange>;
  /** Dimensions of those values, of the layers' inputs and of the model's float outputs, and how many samples they hold. */
  readonly shapes: ProbedShapes;
  /** Names of the layers whose output was 0 for every sample. */
  readonly neverExcited: readonly string[];
}

/** Elements of a value that go into the distribution, of all samples together; as many batches are looked at as bring so many. */
const ELEMENTS = 2 ** 15;

/** Elements of one sample, about; small values are taken whole. */
const ELEMENTS_PER_SAMPLE = 512;

/**
 * Runs the model on all samples; minima, maxima and elements for the distributions are taken inside the graph, so that
 * memory does not depend on the number of samples.
 *
 * @param model folded, the one that the plan was made for
 * @throws BitwrightError data-not-finite naming the first value that holds NaN or Infinity; data-too-few; cancelled;
 *   runtime-failed
 */
export async function calibrate(
  model: OnnxModel,
  plan: ActivationPlan,
  runtime: Runtime,
  samples: Samples,
  control: RunControl = {},
): Promise<Calibration> {
  if (samples.count === 0) {
    throw new BitwrightError("data-too-few", "there are no samples to calibrate with", "Give at least one sample");
  }
  const sources = new Set([...plan.groups.flatMap((group) => group.sources), ...plan.outputPoint.values()]);
  const probed = new Set([...sources, ...plan.floatOutputs, ...layerInputs(model, plan)]);
  const shapes = await probeShapes(model, [...probed], runtime, samples);
  const channelsLast = channelsLastValues(model);
  const values = [...sources].map((name) => observedValue(name, shapes.dims.get(name)!, channelsLast.has(name)));
  const calibrator = new Calibrator(model, plan, values);
  if (values.length === 0) return calibrator.result(samples.count, shapes);
  const batch = batchSize(shapes, samples);
  const batchesPerLook = Math.max(1, Math.floor((samples.count * ELEMENTS_PER_SAMPLE) / ELEMENTS));
  const run = (looking: RuntimeSession, bare: RuntimeSession) =>
    runBatches(
      looking,
      samples,
      batch,
      control,
      (outputs) => calibrator.add(outputs),
      (start) => ((start / batch) % batchesPerLook === 0 ? looking : bare),
    );
  await withSession(
    runtime,
    calibrator.graph(true),
    (looking) =>
      batchesPerLook === 1
        ? run(looking, looking)
        : withSession(runtime, calibrator.graph(false), (bare) => run(looking, bare), {}),
    {},
  );
  return calibrator.result(samples.count, shapes);
}

/** Values that the layers read, where they are not constant. */
function layerInputs(model: OnnxModel, plan: ActivationPlan): string[] {
  const constants = new Set(model.graph.initializer.map(({ name }) => name));
  const nodes = [...plan.chain.values()].map(([nodeIndex]) => model.graph.node[nodeIndex]);
  return nodes.flatMap((node) => node.input.slice(0, 2)).filter((input) => input !== "" && !constants.has(input));
}

/** One observed value, and the outputs of the graph that hold what is observed; they may be one and the same. */
interface Observation {
  readonly value: ObservedValue;
  readonly range: ChannelRange;
  readonly distribution: Distribution;
  readonly max: string;
  readonly min: string;
  readonly elements: string;
}

class Calibrator {
  private readonly edit: GraphEdit;
  private readonly observations: readonly Observation[];
  private readonly distributions: readonly Distribution[];

  constructor(
    model: OnnxModel,
    private readonly plan: ActivationPlan,
    values: readonly ObservedValue[],
  ) {
    const bounds = operatorBounds(model);
    this.edit = new GraphEdit(model);
    this.distributions = plan.groups.map(() => new Distribution());
    this.observations = values.map((value) => {
      const group = plan.groupOf.get(value.name);
      const outputs = observe(this.edit, value, bounds.get(value.name)?.low === 0);
      const distribution = group === undefined ? new Distribution() : this.distributions[group];
      return { value, range: new ChannelRange(value.channels), distribution, ...outputs };
    });
  }

  /** The model with what is observed as outputs; without elements, and minima that come from them, on request. */
  graph(withElements: boolean): Uint8Array {
    const outputs = this.observations.flatMap(({ max, min, elements }) =>
      withElements ? [max, min, elements] : min === elements ? [max] : [max, min],
    );
    return this.edit.encode(outputs);
  }

  /**
   * @param found all outputs, or those without elements
   * @throws BitwrightError data-not-finite
   */
  add(found: Readonly<Partial<Record<string, RuntimeTensor>>>): void {
    for (const { value, range, distribution, max, min, elements } of this.observations) {
      const [highest, lowest, taken] = [found[max], found[min], found[elements]];
      const isFinite =
        (highest === undefined || range.raise(highest)) &&
        (lowest === undefined || range.lower(lowest)) &&
        (taken === undefined || distribution.add(floatData(taken), range.lowest, range.highest));
      if (!isFinite) throw notFinite(value.name);
    }
  }

  result(samples: number, shapes: ProbedShapes): Calibration {
    const ranges = new Map(this.observations.map(({ value, range }) => [value.name, range]));
    const groups = this.plan.groups.map(({ sources }, index) => ({
      min: Math.min(...sources.map((source) => ranges.get(source)!.lowest)),
      max: Math.max(...sources.map((source) => ranges.get(source)!.highest)),
      distribution: this.distributions[index],
    }));
    const values = this.observations.map(({ value: { name, dims, channelAxis }, range }): [string, ValueRange] => [
      name,
      { value: name, dims, channelAxis, channelMin: range.min, channelMax: range.max },
    ]);
    const neverExcited = [...this.plan.outputPoint]
      .filter(([, point]) => ranges.get(point)!.lowest === 0 && ranges.get(point)!.highest === 0)
      .map(([layer]) => layer);
    return { samples, groups, values: new Map(values), shapes, neverExcited };
  }
}

/**
 * Adds what is observed of a value. Of feature maps, elements are those of a grid of positions; so is the minimum of a value that
 * cannot be negative, because reading it whole would cost as much as computing it, and every range is widened to hold 0.
 * Few nodes are added, for in small networks each costs as much as a layer.
 */
function observe(edit: GraphEdit, value: ObservedValue, isNeverNegative: boolean) {
  const { name, dims } = value;
  if (!hasPositions(value)) {
    return {
      max: reduceToChannels(edit, "ReduceMax", name, value),
      min: reduceToChannels(edit, "ReduceMin", name, value),
      elements: takeElements(edit, name, dims, ELEMENTS_PER_SAMPLE),
    };
  }
  const stride = gridStride(dims);
  const thinned = takePositions(edit, name, dims.length, stride);
  const elements = edit.reshape(thinned, [-1, value.channels, elementCount(stridedDims(dims, stride).slice(2))]);
  if (stride === 1) return { max: elements, min: elements, elements };
  return {
    max: reduceToChannels(edit, "ReduceMax", edit.add("GlobalMaxPool", [name]), value),
    min: isNeverNegative ? elements : reduceToChannels(edit, "ReduceMin", name, value),
    elements,
  };
}

/** The widest stride of positions that leaves so many elements, and at least two positions along each axis. */
function gridStride(dims: readonly number[]): number {
  const spatial = dims.slice(2);
  const surplus = (dims[1] * elementCount(spatial)) / ELEMENTS_PER_SAMPLE;
  const widest = Math.floor(Math.min(...spatial) / 2);
  return Math.max(1, Math.min(Math.floor(surplus ** (1 / spatial.length)), widest));
}

function notFinite(value: string): BitwrightError {
  return new BitwrightError(
    "data-not-finite",
    `the value "${shownName(value)}" holds NaN or Infinity`,
    "Check the data and its preprocessing",
    { field: value },
  );
}
