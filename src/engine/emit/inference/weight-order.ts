/** The order of weights in generated C: what the inner loop of each convolution reads one after the other. */
import type { Convolution, ConvolutionGeometry } from "../../program/operations/convolution";
import type { ConvolutionKernel } from "./kernels/convolution";
import { isPair, PAIR_MACRO, wordPosition } from "./kernels/convolution-words";
import type { LayerArray } from "./layers";

/** Output channels that are summed at once. */
const BLOCK = 4;

/** Inputs that are read at once where a row of taps is a multiple of them. */
const WORD = 4;

/** Width of the sums of runs. */
const RUN_BITS = 24;

const INT32_MAX = 2 ** 31 - 1;

/** Most that a code of 8 bits can be, without its sign. */
const LARGEST_CODE = 128;

/** How a convolution is computed. */
export interface ConvolutionForm {
  readonly kernel: ConvolutionKernel;
  /** With the input's offset in them where every tap is inside the input. */
  readonly bias: Int32Array;
  /** Of how many runs of inputs a tap is summed; 0 where a whole row of taps is one run. */
  readonly tapRuns: number;
}

export function convolutionForm(operation: Convolution): ConvolutionForm {
  const { geometry } = operation;
  const bias = Int32Array.from(operation.bias);
  const { inputChannels, outputChannels, groups } = geometry;
  if (groups >= BLOCK && groups === inputChannels && groups === outputChannels) {
    return { kernel: "depthwise", bias, tapRuns: 1 };
  }
  const tapRuns = wordRuns(operation);
  if (tapRuns === null || !hasPairs(operation)) {
    return { kernel: "bytes", bias, tapRuns: areTapsApart(geometry) ? 1 : 0 };
  }
  const folded = isUnpadded(geometry) ? foldedBias(operation, bias) : null;
  return folded === null ? { kernel: "words_offset", bias, tapRuns } : { kernel: "words", bias: folded, tapRuns };
}

/** Biases with the input's offset in them; null where that could overflow. */
function foldedBias({ geometry, weights, inputOffset }: Convolution, bias: Int32Array): Int32Array | null {
  const perChannel = weights.length / geometry.outputChannels;
  const folded = bias.slice();
  for (let channel = 0; channel < bias.length; channel++) {
    let sum = 0;
    let magnitudes = 0;
    for (let i = channel * perChannel; i < (channel + 1) * perChannel; i++) {
      sum += weights[i];
      magnitudes += Math.abs(weights[i]);
    }
    const value = bias[channel] + inputOffset * sum;
    if (Math.abs(value) + LARGEST_CODE * magnitudes > INT32_MAX) return null;
    folded[channel] = value;
  }
  return folded;
}

/** Whether weights of two channels that stand side by side fit into half words. */
function hasPairs({ geometry, weights }: Convolution): boolean {
  const { outputChannels, groups } = geometry;
  const perChannel = weights.length / outputChannels;
  const groupOutputs = outputChannels / groups;
  for (let channel = 0; channel < outputChannels; channel++) {
    const within = channel % groupOutputs;
    if (within % 2 !== 0 || within + 1 === groupOutputs) continue;
    const first = channel * perChannel;
    for (let i = first; i < first + perChannel; i++) if (!isPair(weights[i], weights[i + perChannel])) return false;
  }
  return true;
}

function areTapsApart({ dilationWidth, groups }: ConvolutionGeometry): boolean {
  return dilationWidth > 1 || groups > 1;
}

/** Of how many runs of whole words a tap is summed, so that no run's sum needs more bits than there are; null for none. */
function wordRuns({ geometry, weights, inputOffset }: Convolution): number | null {
  const { kernelWidth, inputChannels, groups } = geometry;
  const groupInputs = inputChannels / groups;
  if (groupInputs % WORD !== 0) return null;
  const largestInput = Math.max(LARGEST_CODE, Math.abs(inputOffset - LARGEST_CODE), inputOffset + LARGEST_CODE - 1);
  const fits = (inputs: number) => largestRun(weights, inputs) * largestInput < 2 ** (RUN_BITS - 1);
  if (!areTapsApart(geometry) && fits(kernelWidth * groupInputs)) return 0;
  if (fits(groupInputs)) return 1;
  if (areTapsApart(geometry)) return null;
  for (let runs = 2; runs <= groupInputs / WORD; runs++) {
    if (groupInputs % (WORD * runs) === 0 && fits(groupInputs / runs)) return runs;
  }
  return null;
}

/** The largest sum of magnitudes of so many weights that follow one another. */
function largestRun(weights: Convolution["weights"], length: number): number {
  let largest = 0;
  for (let start = 0; start < weights.length; start += length) {
    let sum = 0;
    for (let i = start; i < start + length; i++) sum += Math.abs(weights[i]);
    largest = Math.max(largest, sum);
  }
  return largest;
}

function isUnpadded(g: ConvolutionGeometry): boolean {
  const lastRow = (g.outputHeight - 1) * g.strideHeight + (g.kernelHeight - 1) * g.dilationHeight;
  const lastColumn = (g.outputWidth - 1) * g.strideWidth + (g.kernelWidth - 1) * g.dilationWidth;
  return g.padTop === 0 && g.padLeft === 0 && lastRow < g.inputHeight && lastColumn < g.inputWidth;
}

/**
 * - `depthwise`: [kernel height][kernel width][channels]
 * - `bytes`: [groups][blocks of 4 output channels][kernel height][kernel width][inputs][4]
 * - `words`: the same with [inputs / 4][16] at the end, in the order of `wordPosition`
 *
 * The last block of a group is filled up with zeros.
 */
export function packedWeights(operation: Convolution, kernel: ConvolutionKernel): LayerArray {
  return {
    type: "int8_t",
    suffix: "_weights",
    values: orderedWeights(operation, kernel),
    ...(kernel.startsWith("words") && { pairs: PAIR_MACRO }),
  };
}

function orderedWeights({ geometry, weights }: Convolution, kernel: ConvolutionKernel): Int8Array {
  const { outputChannels, groups, kernelHeight, kernelWidth } = geometry;
  const taps = kernelHeight * kernelWidth;
  if (kernel === "depthwise") {
    return Int8Array.from(
      { length: weights.length },
      (_, at) => weights[(at % outputChannels) * taps + Math.floor(at / outputChannels)],
    );
  }
  const perChannel = weights.length / outputChannels;
  const groupOutputs = outputChannels / groups;
  const blocks = Math.ceil(groupOutputs / BLOCK);
  const packed = new Int8Array(groups * blocks * BLOCK * perChannel);
  for (let channel = 0; channel < outputChannels; channel++) {
    const group = Math.floor(channel / groupOutputs);
    const within = channel % groupOutputs;
    const block = (group * blocks + Math.floor(within / BLOCK)) * BLOCK * perChannel;
    const lane = within % BLOCK;
    for (let i = 0; i < perChannel; i++) {
      const at =
        kernel === "bytes" ? i * BLOCK + lane : Math.floor(i / WORD) * BLOCK * WORD + wordPosition(lane, i % WORD);
      packed[block + at] = weights[channel * perChannel + i];
    }
  }
  return packed;
}

/** Values of the output channels in the order in which the kernel reads them: blocks of a group filled up with zeros. */
export function blockedChannels<T>(
  geometry: ConvolutionGeometry,
  kernel: ConvolutionKernel,
  values: readonly T[],
  filler: T,
): T[] {
  if (kernel === "depthwise") return [...values];
  const groupOutputs = geometry.outputChannels / geometry.groups;
  const missing = (BLOCK - (groupOutputs % BLOCK)) % BLOCK;
  const blocked: T[] = [];
  for (let start = 0; start < values.length; start += groupOutputs) {
    blocked.push(...values.slice(start, start + groupOutputs), ...Array<T>(missing).fill(filler));
  }
  return blocked;
}
