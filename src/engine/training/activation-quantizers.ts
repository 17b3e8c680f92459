/** Activation quantizers in the loop: nodes that round a value to what its deployed codes stand for, and let gradients through. */
import { GraphProtoSchema, ModelProtoSchema, type NodeProto, type ValueInfoProto } from "onnx-buf";
import {
  activationParameters,
  CEIL_MARGIN,
  type ActivationParameters,
  type ActivationScheme,
  type ActivationSettings,
} from "../activations/parameters";
import type { ActivationPlan } from "../activations/plan";
import { namesInSubgraphs } from "../graph/graph";
import { UniqueNames } from "../graph/names";
import { withInputs } from "../graph/rename";
import { makeFloatTensor, makeNode, makeValue } from "../onnx/build";
import { DataType } from "../onnx/data-types";
import { isOperator, copyOf, type OnnxModel } from "../onnx/model";
import type { RuntimeTensor } from "../runtime";

/** Schemes whose codes may have a zero point: `pow2` has one where no value is negative. */
const OFFSET_SCHEMES: readonly ActivationScheme[] = ["affine", "pow2"];

/** Inputs that hold the parameters of a group, and what is observed of it. */
export interface QuantizedGroup {
  /** A float scalar. */
  readonly scale: string;
  /** A float scalar; undefined for schemes without one. */
  readonly zeroPoint: string | undefined;
  /** Float scalars that a step puts out: the least and the largest of each value that decides over the range. */
  readonly least: readonly string[];
  readonly largest: readonly string[];
}

export interface WithActivationQuantizers {
  readonly model: OnnxModel;
  /** In the order of the plan's groups. */
  readonly groups: readonly QuantizedGroup[];
  /** Name of the rounded value that stands in the place of a value. */
  readonly rounded: ReadonlyMap<string, string>;
}

/**
 * A copy of the model in which every value of the plan is rounded where it is made, with parameters that come in as inputs.
 * `ceil` is A_b of Ivan, Quantization Schemes For Training Neural Networks, eq. 5: `s·⌈clip(x/s − margin, 0, 2^b − 1)⌉` with {@link CEIL_MARGIN};
 * the others are `s·(clip(round(x/s) + z) − z)`, as QuantizeLinear and DequantizeLinear compute it. Probabilities that the model puts out are
 * not rounded: the loss looks at the scores before them.
 * @param model in operator set 13 or later
 * @param settings in the order of the plan's groups
 */
export function withActivationQuantizers(
  model: OnnxModel,
  plan: ActivationPlan,
  settings: readonly ActivationSettings[],
): WithActivationQuantizers {
  return new Rounder(model, plan, settings).finish();
}

/** The parameters of a group as values of its inputs. */
export function parameterFeeds(
  { scale, zeroPoint }: QuantizedGroup,
  parameters: ActivationParameters,
): [name: string, value: RuntimeTensor][] {
  const feeds: [string, RuntimeTensor][] = [[scale, floatScalar(parameters.scale)]];
  if (zeroPoint !== undefined) feeds.push([zeroPoint, floatScalar(parameters.zeroPoint)]);
  return feeds;
}

export function floatScalar(value: number): RuntimeTensor {
  return { type: "float32", dims: [], data: Float32Array.of(value) };
}

class Rounder {
  private readonly names: UniqueNames;
  private readonly nodes: NodeProto[] = [];
  private readonly inputs: ValueInfoProto[] = [];
  private readonly rounded = new Map<string, string>();
  private readonly groups: readonly QuantizedGroup[];
  /** Names of constants, by the number that they hold. */
  private readonly constants = new Map<number, string>();

  constructor(
    private readonly model: OnnxModel,
    private readonly plan: ActivationPlan,
    private readonly settings: readonly ActivationSettings[],
  ) {
    const { graph } = model;
    this.names = new UniqueNames([
      ...graph.initializer.map(({ name }) => name),
      ...graph.input.map(({ name }) => name),
      ...graph.node.flatMap((node) => [node.name, ...node.output, ...namesInSubgraphs(node)]),
    ]);
    this.groups = plan.groups.map(({ sources }, index) => ({
      scale: this.parameter(`activation_${index}_scale`),
      zeroPoint: OFFSET_SCHEMES.includes(settings[index].scheme)
        ? this.parameter(`activation_${index}_zero_point`)
        : undefined,
      least: sources.map((source) => this.names.add(`${source}_least`)),
      largest: sources.map((source) => this.names.add(`${source}_largest`)),
    }));
  }

  finish(): WithActivationQuantizers {
    const { graph } = this.model;
    for (const { name } of graph.input) this.round(name);
    for (const node of graph.node) {
      this.nodes.push(this.rounded.size === 0 ? node : withInputs(node, this.rounded));
      if (isOperator(node, "Softmax") && graph.output.some(({ name }) => name === node.output[0])) continue;
      for (const output of node.output) this.round(output);
    }
    this.observe();
    const changed = copyOf(GraphProtoSchema, graph);
    changed.node = this.nodes;
    changed.input = [...graph.input, ...this.inputs];
    changed.output = graph.output.map((value) => {
      const name = this.rounded.get(value.name);
      return name === undefined ? value : makeValue(name, DataType.FLOAT);
    });
    const constants = [...this.constants].map(([constant, name]) => makeFloatTensor(name, [], [constant]));
    changed.initializer = [...graph.initializer, ...constants];
    const proto = copyOf(ModelProtoSchema, this.model.proto);
    proto.graph = changed;
    return { model: { ...this.model, proto, graph: changed }, groups: this.groups, rounded: this.rounded };
  }

  private round(value: string): void {
    const group = this.plan.groupOf.get(value);
    if (group === undefined || this.plan.moved.has(value)) return;
    const { scale, zeroPoint } = this.groups[group];
    const { scheme, codeMin, codeMax } = activationParameters(this.settings[group], 0, 0);
    const bounds = [this.constant("code", codeMin), this.constant("code", codeMax)];
    const quotient = this.node("Div", value, scale);
    let decoded: string;
    if (scheme === "ceil") {
      const lowered = this.node("Sub", quotient, this.constant("margin", CEIL_MARGIN));
      decoded = this.node("Ceil", this.node("Clip", lowered, ...bounds));
    } else {
      const whole = this.node("Round", quotient);
      const shifted = zeroPoint === undefined ? whole : this.node("Add", whole, zeroPoint);
      const codes = this.node("Clip", shifted, ...bounds);
      decoded = zeroPoint === undefined ? codes : this.node("Sub", codes, zeroPoint);
    }
    this.rounded.set(value, this.node("Mul", decoded, scale));
  }

  private observe(): void {
    for (const [index, { sources }] of this.plan.groups.entries()) {
      for (const [at, source] of sources.entries()) {
        this.nodes.push(makeNode("ReduceMin", [source], this.groups[index].least[at], { keepdims: 0 }));
        this.nodes.push(makeNode("ReduceMax", [source], this.groups[index].largest[at], { keepdims: 0 }));
      }
    }
  }

  private node(opType: string, ...inputs: readonly string[]): string {
    const output = this.names.add(`${inputs[0]}_${opType}`);
    this.nodes.push(makeNode(opType, inputs, output));
    return output;
  }

  private constant(what: string, constant: number): string {
    const known = this.constants.get(constant);
    if (known !== undefined) return known;
    const name = this.names.add(`${what}_${constant}`);
    this.constants.set(constant, name);
    return name;
  }

  private parameter(wanted: string): string {
    const name = this.names.add(wanted);
    this.inputs.push(makeValue(name, DataType.FLOAT, []));
    return name;
  }
}
