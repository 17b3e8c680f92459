/** Where the operators of ONNX keep their weights and biases. */
import type { NodeProto } from "onnx-buf";
import { isDefaultDomain } from "../onnx/model";
import { floatAttribute, intAttribute } from "./attributes";
import type { Constants } from "./constants";
import { LAYER_OPERATORS, type LayerOperator } from "./layer";
import type { WeightLayout } from "./layout";
import {
  convolutionLayout,
  denseLayout,
  matMulLayout,
  recurrentLayout,
  tableLayout,
  transposedConvolutionLayout,
} from "./layouts";

/** One weight tensor of a node. */
export interface WeightSlot {
  /** Added to the node's name where it has several weight tensors. */
  readonly suffix: "" | ".W" | ".R";
  /** Which input holds the weights. */
  readonly input: number;
  /** What the node multiplies its weights with. */
  readonly factor: number;
  readonly layout: (dims: readonly number[]) => WeightLayout;
  readonly bias: BiasSlot;
}

/**
 * Where a weight tensor's bias is. `axis` is the position of the output channels in the node's output, counted from the
 * last axis (0), for biases that broadcast.
 */
export type BiasSlot =
  | { readonly kind: "none" }
  /** An input of one value a channel. */
  | { readonly kind: "vector"; readonly input: number; readonly axis: (weightRank: number) => number }
  /** An input that broadcasts to the output, times a factor. */
  | { readonly kind: "broadcast"; readonly input: number; readonly axis: number; readonly factor: number }
  /** No input: only a following Add can hold it. */
  | { readonly kind: "following"; readonly axis: number }
  /** For each direction, the biases of W and then those of R. */
  | { readonly kind: "half"; readonly input: number; readonly half: 0 | 1 };

const GATES = { LSTM: 4, GRU: 3, RNN: 1 } as const;

/** The node's operator, if it is one that can have weights. */
export function layerOperator(node: NodeProto): LayerOperator | undefined {
  return isDefaultDomain(node.domain) ? LAYER_OPERATORS.find((operator) => operator === node.opType) : undefined;
}

/** The weight tensors that the node has by its operator; for Gemm and MatMul the side that is constant, the right one first. */
export function weightSlots(node: NodeProto, operator: LayerOperator, constants: Constants): WeightSlot[] {
  switch (operator) {
    case "Conv":
      return [convolutionSlot(node, convolutionLayout)];
    case "ConvTranspose":
      return [convolutionSlot(node, transposedConvolutionLayout)];
    case "Gemm":
      return [gemmSlot(node, constantSide(node, constants))];
    case "MatMul": {
      const side = constantSide(node, constants);
      const bias: BiasSlot = { kind: "following", axis: side === "right" ? 0 : 1 };
      return [{ suffix: "", input: inputOf(side), factor: 1, layout: (dims) => matMulLayout(dims, side), bias }];
    }
    case "LSTM":
    case "GRU":
    case "RNN":
      return [recurrentSlot("W", GATES[operator]), recurrentSlot("R", GATES[operator])];
    case "Gather": {
      const axis = intAttribute(node, "axis", 0);
      return [{ suffix: "", input: 0, factor: 1, layout: (dims) => tableLayout(dims, axis), bias: { kind: "none" } }];
    }
  }
}

function convolutionSlot(
  node: NodeProto,
  layout: (dims: readonly number[], group: number) => WeightLayout,
): WeightSlot {
  const group = intAttribute(node, "group", 1);
  const bias: BiasSlot = { kind: "vector", input: 2, axis: (weightRank) => weightRank - 2 };
  return { suffix: "", input: 1, factor: 1, layout: (dims) => layout(dims, group), bias };
}

function gemmSlot(node: NodeProto, side: "left" | "right"): WeightSlot {
  const transposed = intAttribute(node, side === "right" ? "transB" : "transA", 0) !== 0;
  const outputs = transposed === (side === "right") ? "rows" : "columns";
  return {
    suffix: "",
    input: inputOf(side),
    factor: floatAttribute(node, "alpha", 1),
    layout: (dims) => denseLayout(dims, outputs),
    bias: { kind: "broadcast", input: 2, axis: side === "right" ? 0 : 1, factor: floatAttribute(node, "beta", 1) },
  };
}

function recurrentSlot(weights: "W" | "R", gates: number): WeightSlot {
  return {
    suffix: `.${weights}`,
    input: weights === "W" ? 1 : 2,
    factor: 1,
    layout: (dims) => recurrentLayout(dims, gates, weights),
    bias: { kind: "half", input: 3, half: weights === "W" ? 0 : 1 },
  };
}

function constantSide(node: NodeProto, constants: Constants): "left" | "right" {
  const isConstant = (input: string) =>
    constants.origin(input) !== undefined || constants.isDerivedFromConstants(input);
  return isConstant(node.input[1] ?? "") || !isConstant(node.input[0] ?? "") ? "right" : "left";
}

function inputOf(side: "left" | "right"): number {
  return side === "right" ? 1 : 0;
}
