/** Biases trained so that the quantized network answers as the float one does. */
import { BitwrightError } from "../../protocol/errors";
import type { RunControl, Samples } from "../activations/run";
import type { QuantizedNetwork } from "../analysis/noise/network";
import { GraphEdit } from "../graph/edit";
import { GraphIndex } from "../graph/graph";
import { toOnnxOrder } from "../graph/layout";
import { isOperator, type OnnxModel } from "../onnx/model";
import { upgradeOpset } from "../onnx/upgrade/upgrade";
import type { Runtime, RuntimeSession, RuntimeTensor, RuntimeTensors } from "../runtime";
import { decode } from "../schemes/decode";
import { parameterFeeds, withActivationQuantizers } from "../training/activation-quantizers";
import { differentiate, type TrainingGraph } from "../training/differentiate";
import { optimizerState, update } from "../training/optimizers";
import { SampleReader } from "../training/samples";
import { scheduled } from "../training/schedule";
import { shuffledOrder } from "../training/shuffle";
import { ModelRewriter } from "./layer-edits";

/** Operator set in which bounds of Clip are inputs. */
const OPSET = 13;

const STEPS = 400;
const BATCH = 32;

/** The share of the samples that decides which biases were best, and takes no part in the training. */
const JUDGING_SHARE = 0.2;
const SEED = 1;

/** Learning rate of a bias, in units of what the empirical correction changed in its layer. */
const RATE = 0.05;

/** One trained bias. */
interface Bias {
  readonly layer: string;
  readonly values: Float32Array;
  readonly gradients: Float32Array;
  readonly learningRate: number;
  /** Its value of the graph. */
  readonly name: string;
  readonly dims: readonly number[];
}

export interface DistilledBiases {
  /** By layer name. */
  readonly biases: ReadonlyMap<string, Float32Array>;
  readonly forwardPasses: number;
}

/**
 * Trains the biases of the given layers, weights and activations quantized as they will be deployed, against the float network's
 * output; no labels. Of all evaluations on samples that are kept for it, the first included, the best biases are taken.
 * Source: Meller et al., Same, Same But Different (2019), §5.2.
 * @param corrected the network with the biases that training starts from
 * @param reference the float network
 * @param corrections what these biases differ by from the float network's, by layer name: only such layers are trained
 * @throws BitwrightError operator-unsupported before anything is trained; runtime-failed, cancelled
 */
export async function distillBiases(
  corrected: QuantizedNetwork,
  reference: OnnxModel,
  corrections: ReadonlyMap<string, Float32Array>,
  runtime: Runtime,
  samples: Samples,
  control: RunControl,
): Promise<DistilledBiases> {
  const { graph, biases, teacherValue, feeds } = trainableNetwork(corrected, corrections);
  const reader = await SampleReader.open(samples);
  const edit = new GraphEdit(reference);
  edit.addOutput(teacherValue);
  const sessions: RuntimeSession[] = [];
  try {
    for (const model of [edit.encode(), graph.model, graph.evaluation])
      sessions.push(await runtime.createSession(model));
    const [teacher, step, evaluation] = sessions;
    const run = new Distillation(graph, biases, feeds, reader, teacherValue, { teacher, step, evaluation });
    return { biases: await run.train(control), forwardPasses: run.forwardPasses };
  } finally {
    for (const session of sessions) await session.release();
  }
}

/** The quantized network with weights as constants and biases as inputs. */
function trainableNetwork(network: QuantizedNetwork, corrections: ReadonlyMap<string, Float32Array>) {
  const rewriter = new ModelRewriter(upgradeOpset(network.model, OPSET));
  const biases: Bias[] = [];
  for (const layer of network.layers) {
    const codes = network.weights.get(layer.name);
    const weights = codes === undefined ? undefined : toOnnxOrder(decode(codes), layer.layout);
    const correction = corrections.get(layer.name);
    const values = correction === undefined || layer.bias === null ? undefined : layer.bias.slice();
    if (weights === undefined && values === undefined) continue;
    const { bias: name } = rewriter.change({ layer, weights, bias: values });
    if (name === undefined || values === undefined || correction === undefined) continue;
    const learningRate = RATE * rootMeanSquare(correction);
    const gradients = new Float32Array(values.length);
    biases.push({ layer: layer.name, values, gradients, learningRate, name, dims: rewriter.dimsOf(name) });
  }
  const changed = rewriter.finish();
  const { parameters, plan } = network;
  const rounded = parameters.length === 0 ? null : withActivationQuantizers(changed, plan, parameters);
  const model = rounded?.model ?? changed;
  const output = new GraphIndex(model.graph).producer(model.graph.output[0].name);
  const loss = output !== undefined && isOperator(output, "Softmax") ? "distillation" : "mean-squared-error";
  const graph = differentiate(model, { trainable: biases.map(({ name }) => name), loss });
  const feeds = Object.fromEntries(
    rounded?.groups.flatMap((group, index) => parameterFeeds(group, parameters[index])) ?? [],
  );
  const original = [...(rounded?.rounded ?? [])].find(([, name]) => name === graph.scores)?.[0];
  return { graph, biases, feeds, teacherValue: original ?? graph.scores };
}

class Distillation {
  forwardPasses = 0;
  private readonly judging: Uint32Array;
  private readonly training: Uint32Array;
  private readonly batch: number;
  private readonly feeds: RuntimeTensors;
  private readonly outputs: RuntimeTensors;

  constructor(
    private readonly graph: TrainingGraph,
    private readonly biases: readonly Bias[],
    parameters: RuntimeTensors,
    private readonly reader: SampleReader,
    private readonly teacherValue: string,
    private readonly sessions: Record<"teacher" | "step" | "evaluation", RuntimeSession>,
  ) {
    const unit = reader.fixedBatch ?? 1;
    const units = Math.floor(reader.count / unit);
    const judged = Math.min(Math.max(1, Math.round(units * JUDGING_SHARE)), units) * unit;
    const all = Uint32Array.from({ length: units * unit }, (_, index) => index);
    this.judging = all.subarray(all.length - judged);
    // A single sample both trains and judges.
    this.training = judged === all.length ? all : all.subarray(0, all.length - judged);
    this.batch = reader.fixedBatch ?? Math.min(BATCH, this.training.length);
    const tensor = (dims: readonly number[], data: Float32Array): RuntimeTensor => ({ type: "float32", dims, data });
    this.feeds = {
      ...parameters,
      ...Object.fromEntries(biases.map(({ name, dims, values }) => [name, tensor(dims, values)])),
    };
    this.outputs = Object.fromEntries(
      biases.map(({ name, dims, gradients }) => [graph.gradients.get(name)!, tensor(dims, gradients)]),
    );
  }

  /** @returns the best biases, by layer name */
  async train({ progress, cancelled }: RunControl): Promise<ReadonlyMap<string, Float32Array>> {
    const states = this.biases.map(({ values }) => optimizerState("adam", values.length));
    const perEpoch = Math.floor(this.training.length / this.batch);
    const stepsPerEvaluation = Math.max(perEpoch, Math.ceil(STEPS / 20));
    let best = this.snapshot();
    let least = await this.loss();
    for (let step = 0; step < STEPS; step++) {
      if (cancelled?.() === true) throw new BitwrightError("cancelled", "the work was cancelled", "");
      const order = shuffledOrder(perEpoch, SEED, Math.floor(step / perEpoch));
      const at = order[step % perEpoch] * this.batch;
      const indices = this.training.subarray(at, at + this.batch);
      await this.sessions.step.run({ ...(await this.batchFeeds(indices)), ...this.feeds }, this.outputs);
      this.forwardPasses += (2 * this.batch) / this.reader.count;
      const share = scheduled("cosine", step, STEPS, 0);
      this.biases.forEach(({ values, gradients, learningRate }, i) => {
        update(values, gradients, states[i], {
          optimizer: "adam",
          momentum: 0,
          weightDecay: 0,
          gradientFactor: 1,
          learningRate: learningRate * share,
          step: step + 1,
        });
      });
      if ((step + 1) % stepsPerEvaluation !== 0 && step + 1 !== STEPS) continue;
      const loss = await this.loss();
      if (loss < least) [least, best] = [loss, this.snapshot()];
      await progress?.(Math.round(((step + 1) / STEPS) * this.reader.count), this.reader.count);
    }
    this.forwardPasses = Math.ceil(this.forwardPasses);
    return best;
  }

  /** Mean loss on the samples that are kept for it. */
  private async loss(): Promise<number> {
    let sum = 0;
    for (let start = 0; start < this.judging.length; start += this.batch) {
      const indices = this.judging.subarray(start, start + this.batch);
      const feeds = { ...(await this.batchFeeds(indices)), ...this.feeds };
      const outputs = await this.sessions.evaluation.run(feeds, [this.graph.loss]);
      sum += Number(outputs[this.graph.loss].data[0]) * indices.length;
    }
    this.forwardPasses += (2 * this.judging.length) / this.reader.count;
    return sum / this.judging.length;
  }

  /** Samples, and what the float network answers to them. */
  private async batchFeeds(indices: Uint32Array): Promise<RuntimeTensors> {
    const samples = await this.reader.batch(indices);
    const answers = await this.sessions.teacher.run(samples);
    return { ...samples, [this.graph.target]: answers[this.teacherValue] };
  }

  private snapshot(): ReadonlyMap<string, Float32Array> {
    return new Map(this.biases.map(({ layer, values }) => [layer, values.slice()]));
  }
}

function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / Math.max(values.length, 1));
}
