/** A small network whose parameters, weights and biases alike, share one palette, as Köksal et al. train and quantize it. */
import { prepare } from "../../../src/engine/prepare";
import type { Runtime, RuntimeSession, RuntimeTensor, RuntimeTensors } from "../../../src/engine/runtime";
import { decodeFloatTensor } from "../../../src/engine/onnx/tensor-data";
import { differentiate, type TrainingGraph } from "../../../src/engine/training/differentiate";
import type { LossName } from "../../../src/engine/training/losses";
import { newNetwork } from "../../../src/engine/training/new-networks/new-network";
import { sourceOf } from "./fine-tuning";

/** Samples and what is to be answered. */
export interface Examples {
  readonly inputs: RuntimeTensor;
  readonly targets: RuntimeTensor;
}

export interface Task {
  /** Units of the input, the hidden layer and the output. */
  readonly sizes: readonly number[];
  readonly loss: LossName;
  readonly training: Examples;
  /** What is best while training is decided by these. */
  readonly validation: Examples;
  readonly test: Examples;
}

/** Parameters in a row, run on all samples at once. */
export class SmallNetwork {
  readonly parameters: Float32Array;
  /** Of the loss by the parameters; of the last {@link backward}. */
  readonly gradients: Float32Array;
  private readonly fed: Float32Array;
  private readonly feeds: RuntimeTensors;
  private readonly outputs: RuntimeTensors;
  private readonly loss = new Float32Array(1);

  private constructor(
    private readonly task: Task,
    private readonly graph: TrainingGraph,
    private readonly step: RuntimeSession,
    private readonly evaluation: RuntimeSession,
    tensors: readonly { readonly name: string; readonly dims: readonly number[]; readonly values: Float32Array }[],
  ) {
    this.parameters = Float32Array.from(tensors.flatMap(({ values }) => [...values]));
    this.gradients = new Float32Array(this.parameters.length);
    this.fed = new Float32Array(this.parameters.length);
    const views = (all: Float32Array) => {
      let at = 0;
      return tensors.map(({ name, dims, values }): [string, RuntimeTensor] => {
        const data = all.subarray(at, (at += values.length));
        return [name, { type: "float32", dims, data }];
      });
    };
    this.feeds = Object.fromEntries(views(this.fed));
    this.outputs = Object.fromEntries<RuntimeTensor>([
      ...views(this.gradients).map(([name, view]): [string, RuntimeTensor] => [graph.gradients.get(name)!, view]),
      [graph.loss, { type: "float32", dims: [], data: this.loss }],
    ]);
  }

  static async open(task: Task, seed: number, runtime: Runtime): Promise<SmallNetwork> {
    const { model } = prepare(sourceOf(newNetwork("mlp", { sizes: task.sizes, activation: "Tanh", seed })));
    const tensors = model.graph.initializer.map((tensor) => ({
      name: tensor.name,
      dims: tensor.dims.map(Number),
      values: decodeFloatTensor(tensor, model.source).values,
    }));
    const graph = differentiate(model, { trainable: tensors.map(({ name }) => name), loss: task.loss });
    const step = await runtime.createSession(graph.model);
    return new SmallNetwork(task, graph, step, await runtime.createSession(graph.evaluation), tensors);
  }

  async close(): Promise<void> {
    await this.step.release();
    await this.evaluation.release();
  }

  /** Loss on the training samples with these parameters; the gradient by them is left in `gradients`. */
  async backward(parameters: Float32Array): Promise<number> {
    await this.step.run(this.inputs(this.task.training, parameters), this.outputs);
    return this.loss[0];
  }

  /** Loss on the validation samples. */
  async validationLoss(parameters: Float32Array): Promise<number> {
    const outputs = await this.evaluation.run(this.inputs(this.task.validation, parameters));
    return Number(outputs[this.graph.loss].data[0]);
  }

  /** What counts: wrong answers, or the mean squared error. */
  async error(parameters: Float32Array, part: "validation" | "test"): Promise<number> {
    const { graph, task } = this;
    const outputs = await this.evaluation.run(this.inputs(task[part], parameters));
    if (graph.correct === undefined) return Number(outputs[graph.loss].data[0]);
    return task[part].targets.data.length - Number(outputs[graph.correct].data[0]);
  }

  private inputs({ inputs, targets }: Examples, parameters: Float32Array): RuntimeTensors {
    this.fed.set(parameters);
    return { ...this.feeds, input: inputs, [this.graph.target]: targets };
  }
}
