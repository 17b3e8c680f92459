/** Sentences of comments in generated inference code. */
import { agreementText } from "../../../protocol/agreement";
import type { MemoryPlan } from "../../program/memory";
import type { Convolution } from "../../program/operations/convolution";
import type { IntegerProgram, Operation, ProgramTensor } from "../../program/program";
import { numberText, shapeText } from "../c-format";
import { commentText } from "../comments";
import type { LayerCost } from "./costs";

/** What a layer is: operator, shapes, scales, work and memory. */
export function describeLayer(operation: Operation, program: IntegerProgram, cost: LayerCost): string[] {
  const inputs = operation.inputs.map((tensor) => program.tensors[tensor]);
  const output = program.tensors[operation.output];
  return [
    `${commentText(operation.node)}: ${commentText(operation.operator)}, ${inputs.map(({ storedDims }) => shapeText(storedDims)).join(" and ")} to ${shapeText(output.storedDims)}.`,
    ...geometryText(operation),
    ...recurrentText(operation),
    `Input ${inputs.map(quantizationText).join(" and ")}; output ${quantizationText(output)}.`,
    ...weightText(operation),
    `${cost.macs === 0 ? "" : `${cost.macs} MACs, `}${cost.flashBytes} bytes of flash, ${cost.liveBytes} bytes of the arena in use. ${agreementText(operation.agreement)}`,
  ];
}

/** Scale and zero point of a tensor. */
export function quantizationText({ scale, zeroPoint }: ProgramTensor): string {
  return `scale ${numberText(scale)}, zero point ${zeroPoint}`;
}

/**
 * Most bytes of the stack that a run takes on Cortex-M, as gcc compiles it with -O2: no recursion, no arrays of variable length. The
 * firmware tests hold every generated network to it.
 */
export const STACK_BYTES = 1024;

export function memoryText({ arenaBytes, optimumBytes }: MemoryPlan): string {
  return arenaBytes === optimumBytes
    ? `${arenaBytes} bytes, which no plan can do with less.`
    : `${arenaBytes} bytes; no plan can do with less than ${optimumBytes}.`;
}

function geometryText(operation: Operation): string[] {
  if (operation.kind !== "convolution" && operation.kind !== "max-pooling" && operation.kind !== "average-pooling")
    return [];
  const g = operation.geometry;
  if (g.kernelHeight * g.kernelWidth === 1 && g.strideHeight * g.strideWidth === 1) return [];
  const groups =
    operation.kind === "convolution" && operation.geometry.groups > 1 ? `, ${operation.geometry.groups} groups` : "";
  const dilation = g.dilationHeight * g.dilationWidth > 1 ? `, dilation ${g.dilationHeight}x${g.dilationWidth}` : "";
  return [
    `Kernel ${g.kernelHeight}x${g.kernelWidth}, stride ${g.strideHeight}x${g.strideWidth}, padding ${g.padTop} above and ${g.padLeft} to the left${dilation}${groups}.`,
  ];
}

function recurrentText(operation: Operation): string[] {
  if (operation.kind !== "recurrent") return [];
  const { stepCount, unitCount, directions, firstReversed } = operation;
  const order = firstReversed === 0 ? "from the last step to the first" : "from the first step to the last";
  return [
    `${stepCount} steps of ${unitCount} units, ${directions === 2 ? "in both directions" : order}; hidden states have steps of 2^-15.`,
  ];
}

function weightText(operation: Operation): string[] {
  if (operation.kind === "recurrent") {
    return [...sumText("Weights", operation.inputSums), ...sumText("Weights of the state", operation.stateSums)];
  }
  return operation.kind === "convolution" ? sumText("Weights", operation) : [];
}

function sumText(
  weights: string,
  { weightScales, weightBits }: Pick<Convolution, "weightScales" | "weightBits">,
): string[] {
  const least = weightScales.reduce((low, scale) => Math.min(low, scale), Infinity);
  const most = weightScales.reduce((high, scale) => Math.max(high, scale), 0);
  return [
    weightScales.length === 1
      ? `${weights} of ${weightBits} bits, scale ${numberText(most)}.`
      : `${weights} of ${weightBits} bits, one scale per channel, ${numberText(least)} to ${numberText(most)}.`,
  ];
}
