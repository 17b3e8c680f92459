/** Where tensors live while a program runs: offsets in one arena, by liveness. */
import { elementCount } from "../onnx/tensor";
import type { CodeType, IntegerProgram, Operation } from "./program";

/** Offsets are multiples of this, so that words can be read at once. */
const ALIGNMENT = 4;

export const CODE_BYTES: Readonly<Record<CodeType, number>> = { int8: 1, int16: 2, int32: 4 };

/** Where a tensor is: in the arena, or in a buffer that the caller gives. */
export type Place =
  | { readonly kind: "arena"; readonly offset: number; readonly bytes: number }
  | { readonly kind: "input"; readonly position: number }
  | { readonly kind: "output"; readonly position: number };

export interface MemoryPlan {
  /** By tensor index. */
  readonly places: readonly Place[];
  readonly arenaBytes: number;
  /** Bytes that live at each operation, its inputs and its output among them: no plan needs less than the most of these. */
  readonly liveBytes: readonly number[];
  readonly optimumBytes: number;
}

interface Block {
  readonly tensors: number[];
  readonly bytes: number;
  /** Operations between which it must keep its content, both included. */
  first: number;
  last: number;
  offset: number;
}

/**
 * Places every tensor that is neither input nor output; several operations may write parts of one. An operation that reads each element before it writes the
 * element in the same place may write over an input that nothing reads later.
 */
export function planMemory(program: IntegerProgram): MemoryPlan {
  const { tensors, inputs, outputs, operations } = program;
  const bytesOf = (index: number) => aligned(elementCount(tensors[index].dims) * CODE_BYTES[tensors[index].type]);
  const outside = new Map<number, Place>([
    ...inputs.map((index, position) => [index, { kind: "input", position }] as const),
    ...outputs.map((index, position) => [index, { kind: "output", position }] as const),
  ]);
  const lastUse = new Map<number, number>();
  operations.forEach((operation, at) => {
    for (const index of [...operation.inputs, ...writtenTensors(operation)]) lastUse.set(index, at);
  });

  const blocks: Block[] = [];
  const blockOf = new Map<number, Block>();
  operations.forEach((operation, at) => {
    for (const written of writtenTensors(operation)) {
      if (outside.has(written) || blockOf.has(written)) continue;
      const bytes = bytesOf(written);
      const last = lastUse.get(written) ?? at;
      const shared = inPlaceInputs(operation)
        .filter((index) => tensors[index].type === tensors[written].type)
        .map((index) => ({ index, block: blockOf.get(index) }))
        .find(({ index, block }) => block?.bytes === bytes && lastUse.get(index) === at && block.last === at)?.block;
      if (shared !== undefined) {
        shared.tensors.push(written);
        shared.last = last;
        blockOf.set(written, shared);
        continue;
      }
      const block = { tensors: [written], bytes, first: at, last, offset: -1 };
      blocks.push(block);
      blockOf.set(written, block);
    }
  });

  const liveBytes = operations.map((_, at) =>
    blocks.reduce((sum, block) => (block.first <= at && at <= block.last ? sum + block.bytes : sum), 0),
  );
  const arenaBytes = placeBlocks(blocks);
  const places = tensors.map((_, index): Place => {
    const block = blockOf.get(index);
    if (block !== undefined) return { kind: "arena", offset: block.offset, bytes: bytesOf(index) };
    return outside.get(index) ?? { kind: "arena", offset: 0, bytes: bytesOf(index) };
  });
  return { places, arenaBytes, liveBytes, optimumBytes: Math.max(0, ...liveBytes) };
}

/** The output, and what else the operation writes: states of recurrent layers. */
function writtenTensors(operation: Operation): readonly number[] {
  if (operation.kind !== "recurrent") return [operation.output];
  const { output, hidden, cells, scratch } = operation;
  return [...new Set([output, hidden, ...(cells === null ? [] : [cells]), scratch])];
}

/** Inputs that the operation may write over, element by element. */
function inPlaceInputs(operation: Operation): readonly number[] {
  switch (operation.kind) {
    case "lookup":
    case "interpolation":
    case "channel-bounds":
    case "channel-linear":
      return operation.inputs;
    case "addition":
    case "multiplication":
      return operation.outerCount === 1 ? operation.inputs : operation.inputs.slice(0, 1);
    case "convolution":
    case "max-pooling":
    case "average-pooling":
    case "transposed-convolution":
    case "rearrangement":
    case "recurrent":
    case "softmax":
    case "arg-max":
      return [];
  }
}

/**
 * Gives every block the lowest offset that no block living at the same time covers, in several orders, and keeps the best.
 * @returns the bytes of the arena
 */
function placeBlocks(blocks: readonly Block[]): number {
  const lifetime = (block: Block) => block.last - block.first;
  const orders: ((a: Block, b: Block) => number)[] = [
    (a, b) => b.bytes - a.bytes || a.first - b.first,
    (a, b) => a.first - b.first || b.bytes - a.bytes,
    (a, b) => lifetime(b) - lifetime(a) || b.bytes - a.bytes,
    (a, b) => b.bytes * (lifetime(b) + 1) - a.bytes * (lifetime(a) + 1) || a.first - b.first,
  ];
  let best = Infinity;
  let bestOffsets: number[] = [];
  for (const order of orders) {
    const placed: Block[] = [];
    for (const block of blocks.toSorted(order)) {
      block.offset = lowestOffset(block, placed);
      placed.push(block);
    }
    const bytes = Math.max(0, ...blocks.map(({ offset, bytes: size }) => offset + size));
    if (bytes < best) {
      best = bytes;
      bestOffsets = blocks.map(({ offset }) => offset);
    }
  }
  blocks.forEach((block, i) => (block.offset = bestOffsets[i]));
  return best;
}

function lowestOffset(block: Block, placed: readonly Block[]): number {
  const neighbours = placed
    .filter((other) => other.first <= block.last && block.first <= other.last)
    .sort((a, b) => a.offset - b.offset);
  let offset = 0;
  for (const other of neighbours) {
    if (offset + block.bytes <= other.offset) break;
    offset = Math.max(offset, other.offset + other.bytes);
  }
  return offset;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
