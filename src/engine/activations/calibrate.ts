/** Calibration: what range every value that gets codes takes on real data. */
import { BitwrightError, shownName } from "../../protocol/errors";
import { GraphEdit } from "../graph/edit";
import type { OnnxModel } from "../onnx/model";
import type { Runtime, RuntimeTensor } from "../runtime";
import { operatorBounds } from "./bounds";
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
  floatsOf,
  probeShapes,
  runBatches,
  withSession,
  type ProbedShapes,
  type RunControl,
  type Samples,
} from "./run";

/** Exact range of one value, over all samples. */
export interface ValueRange {
  readonly value: string;
  readonly dims: readonly number[];
  readonly channelAxis: number | null;
  readonly channelMin: Float32Array;
  readonly channelMax: Float32Array;
}

/** Exact range of a group, and the distribution of bounded samples of its values. */
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

/** Elements of a value that go into the distribution: of all samples together, and of each the least and the most. */
const ELEMENTS = 2 ** 17;
const LEAST_PER_SAMPLE = 64;
const MOST_PER_SAMPLE = 1024;

/** Positions are thinned out before elements are taken, down to this many elements for each one taken. */
const ELEMENTS_BEFORE_TAKING = 4;

/** Dropping reductions that can bring nothing new pays for loading the graph again after about so many batches. */
const BATCHES_WORTH_A_SESSION = 16;

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
  const calibrator = new Calibrator(model, plan, values, samples.count);
  const batch = batchSize(shapes, samples);
  const observe = async (from: number, to: number) =>
    withSession(runtime, calibrator.graph(), async (session) =>
      runBatches(session, samples, batch, control, (found) => calibrator.add(found), from, to),
    );
  const first = samples.count > BATCHES_WORTH_A_SESSION * batch ? batch : samples.count;
  await observe(0, first);
  if (first < samples.count) await observe(first, samples.count);
  return calibrator.result(samples.count, shapes);
}

/** Values that the layers read, where they are not constant. */
function layerInputs(model: OnnxModel, plan: ActivationPlan): string[] {
  const constants = new Set(model.graph.initializer.map(({ name }) => name));
  const nodes = [...plan.chain.values()].map(([nodeIndex]) => model.graph.node[nodeIndex]);
  return nodes.flatMap((node) => node.input.slice(0, 2)).filter((input) => input !== "" && !constants.has(input));
}

interface Observation {
  readonly value: ObservedValue;
  readonly channelMin: Float32Array;
  readonly channelMax: Float32Array;
  readonly distribution: Distribution;
  /** What the operator that makes the value cannot go below; −Infinity where there is no such bound. */
  readonly lowerBound: number;
  /** Names in the graph of the moment; the minimum is null where no channel can get lower. */
  outputs: { readonly max: string; readonly min: string | null; readonly elements: string };
}

class Calibrator {
  private readonly observations: Observation[];
  private readonly distributions: Distribution[];
  private readonly elementsPerSample: number;

  constructor(
    private readonly model: OnnxModel,
    private readonly plan: ActivationPlan,
    values: readonly ObservedValue[],
    samples: number,
  ) {
    this.elementsPerSample = Math.min(MOST_PER_SAMPLE, Math.max(LEAST_PER_SAMPLE, Math.ceil(ELEMENTS / samples)));
    this.distributions = plan.groups.map(() => new Distribution());
    const bounds = operatorBounds(model);
    this.observations = values.map((value) => {
      const group = plan.groupOf.get(value.name);
      return {
        value,
        channelMin: new Float32Array(value.channels).fill(Infinity),
        channelMax: new Float32Array(value.channels).fill(-Infinity),
        distribution: group === undefined ? new Distribution() : this.distributions[group],
        lowerBound: bounds.get(value.name)?.low ?? -Infinity,
        outputs: { max: "", min: "", elements: "" },
      };
    });
  }

  /** The model with what is observed as outputs; minima that have reached their bound in every channel are left out. */
  graph(): Uint8Array {
    const edit = new GraphEdit(this.model);
    for (const observation of this.observations) {
      const { value, channelMin, lowerBound } = observation;
      const reached = channelMin.every((min) => min <= lowerBound);
      const max = hasPositions(value) ? edit.add("GlobalMaxPool", [value.name]) : value.name;
      const outputs = {
        max: reduceToChannels(edit, "ReduceMax", max, value),
        min: reached ? null : reduceToChannels(edit, "ReduceMin", value.name, value),
        elements: elementsOf(edit, value, this.elementsPerSample),
      };
      for (const output of Object.values(outputs)) if (output !== null) edit.addOutput(output);
      observation.outputs = outputs;
    }
    return edit.encode();
  }

  /** @throws BitwrightError data-not-finite */
  add(found: Record<string, RuntimeTensor>): void {
    for (const { value, channelMin, channelMax, distribution, outputs } of this.observations) {
      const { max, min, elements } = outputs;
      const finite =
        lower(channelMin, min === null ? null : floatsOf(found, min)) && raise(channelMax, floatsOf(found, max));
      if (!finite) throw notFinite(value.name);
      const counted = distribution.add(floatsOf(found, elements), smallest(channelMin), largest(channelMax));
      if (!counted) throw notFinite(value.name);
    }
  }

  result(samples: number, shapes: ProbedShapes): Calibration {
    const values = new Map(
      this.observations.map(({ value, channelMin, channelMax }) => [
        value.name,
        { value: value.name, dims: value.dims, channelAxis: value.channelAxis, channelMin, channelMax },
      ]),
    );
    const groups = this.plan.groups.map(({ sources }, index) => {
      const ranges = sources.map((source) => values.get(source)!);
      return {
        min: Math.min(...ranges.map(({ channelMin }) => smallest(channelMin))),
        max: Math.max(...ranges.map(({ channelMax }) => largest(channelMax))),
        distribution: this.distributions[index],
      };
    });
    const neverExcited = [...this.plan.outputPoint]
      .filter(([, point]) => {
        const range = values.get(point)!;
        return smallest(range.channelMin) === 0 && largest(range.channelMax) === 0;
      })
      .map(([layer]) => layer);
    return { samples, groups, values, shapes, neverExcited };
  }
}

/** Elements for the distribution, `[samples, elements]`; of feature maps first every few positions. */
function elementsOf(edit: GraphEdit, value: ObservedValue, count: number): string {
  const { name, dims } = value;
  if (!hasPositions(value)) return takeElements(edit, name, dims, count);
  const positions = dims.slice(2).reduce((product, dim) => product * dim, 1);
  const surplus = (dims[1] * positions) / (count * ELEMENTS_BEFORE_TAKING);
  const fewestPerAxis = Math.min(...dims.slice(2));
  const stride = Math.max(1, Math.min(Math.floor(surplus ** (1 / (dims.length - 2))), Math.floor(fewestPerAxis / 2)));
  const strided = takePositions(edit, name, dims.length, stride);
  return takeElements(edit, strided, stridedDims(dims, stride), count);
}

/** Lowers minima; false where one of the new ones is not finite. */
function lower(minima: Float32Array, found: Float32Array | null): boolean {
  let finite = true;
  for (let channel = 0; found !== null && channel < minima.length; channel++) {
    const value = found[channel];
    if (!Number.isFinite(value)) finite = false;
    if (value < minima[channel]) minima[channel] = value;
  }
  return finite;
}

function raise(maxima: Float32Array, found: Float32Array): boolean {
  let finite = true;
  for (let channel = 0; channel < maxima.length; channel++) {
    const value = found[channel];
    if (!Number.isFinite(value)) finite = false;
    if (value > maxima[channel]) maxima[channel] = value;
  }
  return finite;
}

function smallest(values: Float32Array): number {
  let least = Infinity;
  for (let i = 0; i < values.length; i++) if (values[i] < least) least = values[i];
  return least;
}

function largest(values: Float32Array): number {
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) if (values[i] > most) most = values[i];
  return most;
}

function notFinite(value: string): BitwrightError {
  return new BitwrightError(
    "data-not-finite",
    `the value "${shownName(value)}" holds NaN or Infinity`,
    "Check the data and its preprocessing",
    { field: value },
  );
}
