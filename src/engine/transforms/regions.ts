/** Finds the regions of a graph. Source: Meller et al., Same, Same But Different (2019), §4: layers, consumers and what may lie between. */
import type { NodeProto } from "onnx-buf";
import { shownName } from "../../protocol/errors";
import { floatAttribute, intAttribute } from "../graph/attributes";
import { followingAddition } from "../graph/bias";
import { Constants } from "../graph/constants";
import { GraphIndex, namesInSubgraphs } from "../graph/graph";
import type { Layer } from "../graph/layer";
import { nameOrOutput } from "../graph/names";
import { isOperator, type OnnxModel } from "../onnx/model";
import { nonFinite } from "../quantize-layers";
import { ChannelClasses, type ChannelMap } from "./channel-map";
import type { GraphFacts } from "./graph-facts";
import {
  assembleRegions,
  type FoundConsumer,
  type FoundProducer,
  type FoundValue,
  type FoundActivation,
  type FoundBound,
} from "./region-assembly";
import { propagate, refusal, type PropagationContext } from "./propagation";
import type { Maker, ProducerActivation, Reader, Regions, ScalableLayer } from "./region";
import { weightChannels } from "./weight-channels";

const ACTIVATIONS: readonly string[] = ["Relu", "Clip", "LeakyRelu", "PRelu"];

const READS_SHAPE_ONLY: readonly string[] = ["Shape", "Size"];

/** Operators that make new values; what the others make is no larger than what they read. */
const MAKES_VALUES: readonly string[] = [...ACTIVATIONS, "HardSwish", "Add", "Sub", "Sum", "Mul", "Div"];

/**
 * @param layers of this model, as findLayers returns them
 * @param facts dimensions and integer constants of this model
 */
export function findRegions(model: OnnxModel, layers: readonly Layer[], facts: GraphFacts): Regions {
  return new RegionFinder(model, layers, facts).find();
}

class RegionFinder {
  private readonly index: GraphIndex;
  private readonly constants: Constants;
  private readonly classes = new ChannelClasses();
  private readonly maps = new Map<string, ChannelMap>();
  private readonly context: PropagationContext;
  private readonly layerAt: ReadonlyMap<number, Layer>;
  private readonly additions = new Map<NodeProto, Layer>();
  private readonly producers: FoundProducer[] = [];
  private readonly consumers: FoundConsumer[] = [];
  private readonly bounds: FoundBound[] = [];
  private readonly hardSwishes: FoundActivation[] = [];
  private readonly readers: Reader[] = [];
  private readonly makers: Maker[] = [];
  private readonly problems = new Map<string, string>();
  private readonly shared: ReadonlySet<string>;

  constructor(
    model: OnnxModel,
    private readonly layers: readonly Layer[],
    private readonly facts: GraphFacts,
  ) {
    this.index = new GraphIndex(model.graph);
    this.constants = new Constants(model, this.index);
    this.layerAt = new Map(layers.map((layer) => [layer.nodeIndex, layer]));
    const seen = new Set<string>();
    this.shared = new Set(
      layers.filter(({ weightKey }) => seen.has(weightKey) || !seen.add(weightKey)).map((layer) => layer.weightKey),
    );
    this.context = {
      classes: this.classes,
      dims: (value) => facts.dims.get(value),
      channelsOf: (value) => this.maps.get(value),
      isConstant: (value) => this.constants.isDerivedFromConstants(value),
      integers: (value) => this.constants.integers(value) ?? facts.integers.get(value),
      floats: (value) => this.constants.float(value)?.values,
    };
  }

  find(): Regions {
    for (const layer of this.layers) {
      const node = this.index.nodes[layer.nodeIndex];
      const addition = layer.bias === null ? undefined : followingAddition(node, this.index)?.addition;
      if (addition !== undefined && layer.fused.at(-1) === nameOrOutput(addition)) this.additions.set(addition, layer);
    }
    this.index.nodes.forEach((node, nodeIndex) => {
      this.visit(node, nodeIndex);
      for (const name of namesInSubgraphs(node)) this.block(name, refusal(node, "reads it inside a subgraph").reason);
      for (const output of node.output) {
        if (this.index.isGraphOutput(output)) this.block(output, `"${shownName(output)}" is an output of the model.`);
      }
    });
    return assembleRegions({
      classes: this.classes,
      layers: this.layers,
      problems: this.problems,
      producers: this.producers,
      consumers: this.consumers,
      values: this.values(),
      bounds: this.bounds,
      hardSwishes: this.hardSwishes,
      readers: this.readers,
      makers: this.makers,
    });
  }

  private visit(node: NodeProto, nodeIndex: number): void {
    const layer = this.layerAt.get(nodeIndex);
    if (layer !== undefined) {
      this.visitLayer(node, layer);
      return;
    }
    if (!node.input.some((input) => this.maps.has(input))) return;
    if (this.additions.has(node)) {
      const map = node.input.map((input) => this.maps.get(input)).find((found) => found !== undefined);
      if (map !== undefined) this.maps.set(node.output[0], map);
    } else if (isOperator(node, "Clip")) this.visitClip(node, nodeIndex);
    else if (isOperator(node, "HardSwish")) this.visitHardSwish(node, nodeIndex);
    else if (!READS_SHAPE_ONLY.some((name) => isOperator(node, name))) this.pass(node);
  }

  private pass(node: NodeProto): void {
    const result = propagate(node, this.context);
    if ("reason" in result) {
      for (const input of node.input) this.block(input, result.reason);
      return;
    }
    result.outputs.forEach((map, position) => {
      if (map !== undefined && map.axis >= 0) this.maps.set(node.output[position], map);
    });
  }

  private visitLayer(node: NodeProto, layer: Layer): void {
    const structure = weightChannels(layer, node);
    const dataPosition = layer.weightInput === 1 ? 0 : 1;
    node.input.forEach((input, position) => {
      if (structure === null || position !== dataPosition) this.block(input, refusal(node, "is not scalable").reason);
    });
    if (structure === null) return;
    const scalable = { layer, structure };
    const input = node.input[dataPosition];
    const rank = this.facts.dims.get(input)?.length;
    const axis = rank === undefined ? -1 : channelAxis(layer, rank);
    const outputRank = this.facts.dims.get(node.output[0])?.length;
    const problem = this.layerProblem(node, layer, axis, outputRank);
    this.consume(node, scalable, input, axis, problem);
    const channels = this.classes.add(structure.outputs);
    const reason = problem ?? (hasComputedBias(node, layer) ? "Its bias is computed when the model runs." : null);
    if (reason === null) this.readers.push({ ...scalable, input, axis });
    else this.classes.block(channels, reason);
    if (outputRank === undefined) {
      if (reason !== null) this.problems.set(layer.name, reason);
      return;
    }
    const outputAxis = channelAxis(layer, outputRank);
    this.maps.set(node.output[0], { axis: outputAxis, channels });
    const maker = { ...scalable, axis: outputAxis, ...this.activationOf(node) };
    this.producers.push({ ...maker, channels });
    if (reason === null) this.makers.push(maker);
  }

  private consume(node: NodeProto, scalable: ScalableLayer, input: string, axis: number, problem: string | null): void {
    const map = this.maps.get(input);
    if (map === undefined) return;
    if (problem !== null)
      this.block(input, refusal(node, `is not scalable: ${lowerFirst(problem).replace(/\.$/, "")}`).reason);
    else if (map.axis !== axis || map.channels.length !== scalable.structure.inputs) {
      this.block(input, refusal(node, "reads the channels along another axis").reason);
    } else this.consumers.push({ ...scalable, input, channels: map.channels });
  }

  private layerProblem(node: NodeProto, layer: Layer, axis: number, outputRank: number | undefined): string | null {
    if (axis < 0 || outputRank === undefined) return "Its values are not float32, or their shapes are not known.";
    if (layer.op === "Gemm" && (layer.weightInput !== 1 || intAttribute(node, "transA", 0) !== 0)) {
      return "It multiplies by the transposed input.";
    }
    if (this.shared.has(layer.weightKey)) return "It shares its weights with another layer.";
    return nonFinite(layer) === null ? null : "Its weights hold NaN or Infinity.";
  }

  private visitClip(node: NodeProto, nodeIndex: number): void {
    const map = this.maps.get(node.input[0]);
    const low = this.clipBound(node, 1, "min", -Infinity);
    const high = this.clipBound(node, 2, "max", Infinity);
    const rank = this.facts.dims.get(node.input[0])?.length;
    if (map === undefined || low === undefined || high === undefined || rank === undefined) {
      for (const input of node.input) this.block(input, refusal(node, "has bounds that depend on the data").reason);
      return;
    }
    this.maps.set(node.output[0], map);
    const isRelu = (low === 0 || low === -Infinity) && high === Infinity;
    if (!isRelu) this.bounds.push({ nodeIndex, name: node.output[0], map, low, high, rank });
  }

  private visitHardSwish(node: NodeProto, nodeIndex: number): void {
    const map = this.maps.get(node.input[0]);
    const rank = this.facts.dims.get(node.input[0])?.length;
    if (map === undefined || rank === undefined) {
      this.pass(node);
      return;
    }
    this.maps.set(node.output[0], map);
    this.hardSwishes.push({ nodeIndex, name: node.output[0], map, rank });
  }

  private clipBound(node: NodeProto, position: number, attribute: string, open: number): number | undefined {
    const input = node.input[position] ?? "";
    return input === "" ? floatAttribute(node, attribute, open) : this.constants.float(input)?.values[0];
  }

  private activationOf(node: NodeProto): { raw: string; point: string; activation: ProducerActivation } {
    let raw = node.output[0];
    const next = this.soleReader(raw);
    if (next !== undefined && this.additions.has(next)) raw = next.output[0];
    const reader = this.soleReader(raw);
    if (reader?.input[0] !== raw || !ACTIVATIONS.some((name) => isOperator(reader, name))) {
      return { raw, point: raw, activation: "none" };
    }
    const activation = reader.opType === "Relu" || reader.opType === "Clip" ? reader.opType : "other";
    return { raw, point: reader.output[0], activation };
  }

  /** Values that a layer or an operator which computes makes, and that are not merely handed to a bias or an activation. */
  private values(): FoundValue[] {
    const values: FoundValue[] = [];
    this.index.nodes.forEach((node, nodeIndex) => {
      const map = this.maps.get(node.output[0] ?? "");
      if (map === undefined || !(this.layerAt.has(nodeIndex) || MAKES_VALUES.includes(node.opType))) return;
      const reader = this.soleReader(node.output[0]);
      const interior =
        reader !== undefined && (this.additions.has(reader) || ACTIVATIONS.some((name) => isOperator(reader, name)));
      if (!interior) values.push({ name: node.output[0], map });
    });
    return values;
  }

  private soleReader(value: string): NodeProto | undefined {
    const consumer = this.index.soleConsumer(value);
    return consumer === undefined ? undefined : this.index.nodes[consumer];
  }

  private block(value: string, reason: string): void {
    const map = this.maps.get(value);
    if (map !== undefined) this.classes.block(map.channels, reason);
  }
}

/** Axis of the channels in the input and in the output of a layer. */
function channelAxis({ op, weightInput }: Layer, rank: number): number {
  if (op === "Conv" || op === "ConvTranspose") return 1;
  return weightInput === 1 ? rank - 1 : rank - 2;
}

function hasComputedBias(node: NodeProto, layer: Layer): boolean {
  return layer.op !== "MatMul" && (node.input[2] ?? "") !== "" && layer.bias === null;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
