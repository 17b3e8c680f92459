/** How a model's outputs are compared: class scores outside the graph, all others as sums of squares inside. */
import { floatsOf, type ProbedShapes } from "../../activations/run";
import type { GraphEdit } from "../../graph/edit";
import { isOperator } from "../../onnx/model";
import { elementCount } from "../../onnx/tensor";
import type { RuntimeTensor } from "../../runtime";
import { NoisePower } from "../sqnr";
import type { QuantizedNetwork } from "./network";

/** Outputs with more values than this are no classes. */
const MOST_CLASSES = 65_536;

/** Keeps logarithms of probabilities finite. */
const SMALLEST_PROBABILITY = 1e-30;

/** The output that holds one score a class. */
export interface ClassOutput {
  readonly name: string;
  readonly classes: number;
  /** The scores are probabilities already, not logits. */
  readonly areProbabilities: boolean;
}

/** The first float output with one axis of 2 or more scores for each sample; null where there is none. */
export function classOutput({ model, plan }: QuantizedNetwork, { dims, samples }: ProbedShapes): ClassOutput | null {
  for (const name of plan.floatOutputs) {
    const shape = dims.get(name) ?? [];
    const classes = elementCount(shape) / samples;
    const isOneAxis =
      shape.filter((dim) => dim > 1 && dim === classes).length === 1 || (samples > 1 && shape.length === 2);
    if (!isOneAxis || classes < 2 || classes > MOST_CLASSES) continue;
    const producer = model.graph.node.find((node) => node.output.includes(name));
    return { name, classes, areProbabilities: producer !== undefined && isOperator(producer, "Softmax") };
  }
  return null;
}

/** What one variant of a network makes of the model's outputs. */
export class OutputLoss {
  readonly power = new NoisePower();
  samples = 0;
  /** Samples for which both choose the same class, and those that either classifies as labelled. */
  agreeing = 0;
  floatCorrect = 0;
  variantCorrect = 0;
  private divergence = 0;

  constructor(private readonly classes: ClassOutput | null) {}

  /** Mean over the samples, in nats; null without class scores. */
  get klDivergence(): number | null {
    return this.classes === null || this.samples === 0 ? null : this.divergence / this.samples;
  }

  /**
   * Adds class scores of one batch.
   * @param label class of the batch's sample; null without labels
   */
  addScores(float: Float32Array, variant: Float32Array, label: (sample: number) => number | null): void {
    if (this.classes === null) return;
    const { classes, areProbabilities } = this.classes;
    for (let sample = 0; sample * classes < float.length; sample++) {
      const a = float.subarray(sample * classes, (sample + 1) * classes);
      const b = variant.subarray(sample * classes, (sample + 1) * classes);
      this.divergence += klDivergence(probabilities(a, areProbabilities), probabilities(b, areProbabilities));
      const [first, second] = [indexOfLargest(a), indexOfLargest(b)];
      if (first === second) this.agreeing++;
      const wanted = label(sample);
      if (first === wanted) this.floatCorrect++;
      if (second === wanted) this.variantCorrect++;
    }
    addPower(this.power, float, variant);
  }
}

/** The outputs of a variant that stands in the same graph as the float network. */
export class OutputObserver {
  readonly loss: OutputLoss;
  private readonly sums: { readonly signal: string; readonly noise: string }[] = [];
  private readonly scores: { readonly float: string; readonly variant: string } | null = null;

  /** @param variantOf what stands for an output in the variant */
  constructor(
    edit: GraphEdit,
    network: QuantizedNetwork,
    classes: ClassOutput | null,
    shapes: ProbedShapes,
    variantOf: (output: string) => string,
  ) {
    this.loss = new OutputLoss(classes);
    for (const float of network.plan.floatOutputs) {
      const variant = variantOf(float);
      if (float === classes?.name) {
        this.scores = { float, variant };
        edit.addOutput(float);
        edit.addOutput(variant);
        continue;
      }
      const axes = (shapes.dims.get(float) ?? []).map((_, axis) => axis);
      if (axes.length === 0) continue;
      const signal = edit.reduce("ReduceSumSquare", float, axes);
      const noise = edit.reduce("ReduceSumSquare", edit.add("Sub", [variant, float]), axes);
      edit.addOutput(signal);
      edit.addOutput(noise);
      this.sums.push({ signal, noise });
    }
  }

  collect(
    outputs: Readonly<Record<string, RuntimeTensor>>,
    samples: number,
    label: (sample: number) => number | null,
  ): void {
    this.loss.samples += samples;
    for (const { signal, noise } of this.sums) {
      this.loss.power.signal += floatsOf(outputs, signal)[0];
      this.loss.power.noise += floatsOf(outputs, noise)[0];
    }
    if (this.scores === null) return;
    this.loss.addScores(floatsOf(outputs, this.scores.float), floatsOf(outputs, this.scores.variant), label);
  }
}

/** `Σ p·ln(p/q)` in nats. */
export function klDivergence(p: Float64Array, q: Float64Array): number {
  let divergence = 0;
  for (let i = 0; i < p.length; i++) {
    if (p[i] > 0) divergence += p[i] * Math.log(p[i] / Math.max(q[i], SMALLEST_PROBABILITY));
  }
  return Math.max(0, divergence);
}

function probabilities(scores: Float32Array, areProbabilities: boolean): Float64Array {
  const values = Float64Array.from(scores);
  if (!areProbabilities) {
    const largest = values.reduce((most, value) => Math.max(most, value), -Infinity);
    for (let i = 0; i < values.length; i++) values[i] = Math.exp(values[i] - largest);
  }
  const sum = values.reduce((total, value) => total + value, 0);
  return sum > 0 ? values.map((value) => value / sum) : values.fill(1 / values.length);
}

/** The first index wins ties. */
function indexOfLargest(values: Float32Array): number {
  let largest = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[largest]) largest = i;
  return largest;
}

function addPower(power: NoisePower, float: Float32Array, variant: Float32Array): void {
  for (let i = 0; i < float.length; i++) {
    const difference = variant[i] - float[i];
    power.signal += float[i] * float[i];
    power.noise += difference * difference;
  }
}
