/** One node with weights, rewritten to read integers. */
import { NodeProtoSchema, type NodeProto } from "onnx-buf";
import { findBias, type Bias } from "../../graph/bias";
import { originType, type Constants } from "../../graph/constants";
import type { GraphIndex } from "../../graph/graph";
import type { Layer, LayerOperator } from "../../graph/layer";
import { weightSlots, type WeightSlot } from "../../graph/operators";
import { DataType } from "../../onnx/data-types";
import { copyOf } from "../../onnx/model";
import { makeFloatTensor } from "../../onnx/build";
import type { QuantizedWeights } from "../../schemes/scheme";
import { integerBias } from "../../activations/integer-bias";
import { packInt32 } from "./code-types";
import type { Insertions } from "./insertions";

/** Operators that can take over the bias of an Add that follows. */
const TAKES_BIAS = ["Conv", "ConvTranspose", "Gemm"];

/** Operators that sum products of activations and weights. */
const SUMS: readonly LayerOperator[] = ["Conv", "ConvTranspose", "Gemm", "MatMul"];

/** The activation that a layer's weights are multiplied with; null for recurrent layers and tables. */
export function layerInput({ op, weightInput }: Layer, node: NodeProto): string | null {
  return SUMS.includes(op) ? (node.input[weightInput === 1 ? 0 : 1] ?? null) : null;
}

/** Where a layer stands in the graph that is being edited. */
export interface LayerSite {
  readonly layer: Layer;
  readonly nodeIndex: number;
  readonly slot: WeightSlot;
  /** Element type of the weights. */
  readonly elementType: number;
}

/** The nodes of a graph that change. */
export class LayerEdits {
  /** By index; null stands for a node that goes. */
  readonly replacements = new Map<number, NodeProto | null>();

  constructor(
    private readonly index: GraphIndex,
    private readonly constants: Constants,
    /** Number of dimensions of values, where the model tells. */
    private readonly ranks: ReadonlyMap<string, number>,
    private readonly graph: Insertions,
  ) {}

  site(layer: Layer, nodeIndex: number): LayerSite {
    const node = this.index.nodes[nodeIndex];
    const slot = weightSlots(node, layer.op, this.constants).find(({ input }) => input === layer.weightInput)!;
    const origin = this.constants.origin(node.input[slot.input]);
    return { layer, nodeIndex, slot, elementType: origin === undefined ? DataType.FLOAT : originType(origin) };
  }

  /** Connects a layer to other weights, which its scalar factor is part of already. */
  connectWeights({ nodeIndex, slot }: LayerSite, weights: string): void {
    const node = this.editable(nodeIndex);
    node.input[slot.input] = weights;
    if (slot.factor !== 1) node.attribute = node.attribute.filter(({ name }) => name !== "alpha");
  }

  /**
   * Puts int32 codes in the place of a layer's bias. The bias of an Add that follows goes into the layer's node where that can
   * have one.
   * @param quantized one scale a channel, wide enough for the bias
   */
  connectBias(site: LayerSite, quantized: QuantizedWeights, inputScale: number): void {
    const { layer, nodeIndex, slot } = site;
    const rank = layer.weight.dims.length;
    const bias = this.biasOf(site);
    if (bias === null) return;
    const { addition, valueName } = bias;
    const insert = (dims: readonly number[]) => this.insertBias(valueName, dims, bias.values, quantized, inputScale);
    const additionDims = this.constants.float(valueName)?.dims ?? [];
    if (addition !== null && (!TAKES_BIAS.includes(layer.op) || additionDims.length > rank)) {
      this.connect(addition, valueName, insert(this.additionDims(site, additionDims)));
      return;
    }
    const node = this.editable(nodeIndex);
    const trailing = slot.bias.kind === "broadcast" ? slot.bias.axis : 0;
    const decoded = insert([layer.layout.channels, ...new Array<number>(trailing).fill(1)]);
    node.input = [node.input[0], node.input[1], decoded];
    node.attribute = node.attribute.filter(({ name }) => name !== "beta");
    if (addition === null) return;
    node.output = [addition.output[0]];
    this.replacements.set(this.index.nodes.indexOf(addition), null);
  }

  /** Leaves a bias in float, in a shape that ONNX Runtime takes beside integers. */
  keepBias(site: LayerSite): void {
    const bias = this.biasOf(site);
    const dims = this.constants.float(bias?.valueName ?? "")?.dims ?? [];
    const shape = this.additionDims(site, dims);
    if (!bias?.addition || shape.length === dims.length) return;
    const { rawData } = makeFloatTensor("", shape, bias.values);
    const reshaped = this.graph.constant(`${bias.valueName}_row`, DataType.FLOAT, shape, rawData);
    this.connect(bias.addition, bias.valueName, reshaped);
  }

  private biasOf({ layer, nodeIndex, slot }: LayerSite): Bias | null {
    const rank = layer.weight.dims.length;
    return findBias(this.index.nodes[nodeIndex], slot, rank, layer.layout, this.index, this.constants);
  }

  private connect(addition: NodeProto, value: string, replacement: string): void {
    const node = this.editable(this.index.nodes.indexOf(addition));
    node.input = node.input.map((input) => (input === value ? replacement : input));
  }

  /**
   * The shape of a bias that an Add goes on adding. A list gets an axis of length 1 in front, which the sum has anyway unless the
   * layer reads a vector: ONNX Runtime (1.30) refuses models of opset 21 where it makes one Gemm of MatMul and a list.
   */
  private additionDims({ layer, nodeIndex }: LayerSite, dims: readonly number[]): readonly number[] {
    const readsVector = this.ranks.get(layerInput(layer, this.index.nodes[nodeIndex]) ?? "") === 1;
    return layer.op === "MatMul" && dims.length === 1 && !readsVector ? [1, ...dims] : dims;
  }

  /** @param dims one axis as long as the bias, all others of length 1 */
  private insertBias(
    name: string,
    dims: readonly number[],
    bias: Float32Array,
    quantized: QuantizedWeights,
    inputScale: number,
  ): string {
    const { codes, scales } = integerBias(bias, quantized, inputScale);
    const perTensor = scales.length === 1;
    const scaleDims = perTensor ? [] : [scales.length];
    const inputs = [
      this.graph.constant(`${name}_quantized`, DataType.INT32, dims, packInt32(codes)),
      this.graph.constant(`${name}_scale`, DataType.FLOAT, scaleDims, makeFloatTensor("", scaleDims, scales).rawData),
    ];
    const attributes = perTensor ? {} : { axis: dims.indexOf(codes.length) };
    return this.graph.node("DequantizeLinear", inputs, `${name}_dequantized`, attributes);
  }

  private editable(nodeIndex: number): NodeProto {
    const edited = this.replacements.get(nodeIndex);
    if (edited !== undefined && edited !== null) return edited;
    const node = this.index.nodes[nodeIndex];
    const copy = copyOf(NodeProtoSchema, node);
    copy.input = [...node.input];
    this.replacements.set(nodeIndex, copy);
    return copy;
  }
}
