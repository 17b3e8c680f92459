/** The order of weights in generated C: what the inner loop of each convolution reads one after the other. */
import type { Convolution, ConvolutionGeometry } from "../../program/operations/convolution";
import type { ConvolutionKernel } from "./kernels/convolution";
import { wordPosition } from "./kernels/convolution-words";

/** Output channels that are summed at once. */
const BLOCK = 4;

/** Inputs that are read at once where a row of taps is a multiple of them. */
const WORD = 4;

const INT32_MAX = 2 ** 31 - 1;

/** Most that a code of 8 bits can be, without its sign. */
const LARGEST_CODE = 128;

/** The kernel of a convolution, and its biases: with the input's offset in them where every tap is inside the input. */
export interface ConvolutionForm {
  readonly kernel: ConvolutionKernel;
  readonly bias: Int32Array;
}

export function convolutionForm(operation: Convolution): ConvolutionForm {
  const { geometry, weights, inputOffset } = operation;
  const bias = Int32Array.from(operation.bias);
  const { inputChannels, outputChannels, groups } = geometry;
  if (groups > 1 && groups === inputChannels && groups === outputChannels) return { kernel: "depthwise", bias };
  if ((inputChannels / groups) % WORD !== 0) return { kernel: "bytes", bias };
  const perChannel = weights.length / outputChannels;
  const folded = bias.slice();
  for (let channel = 0; channel < outputChannels; channel++) {
    let sum = 0;
    let magnitudes = 0;
    for (let i = channel * perChannel; i < (channel + 1) * perChannel; i++) {
      sum += weights[i];
      magnitudes += Math.abs(weights[i]);
    }
    const value = bias[channel] + inputOffset * sum;
    if (!isUnpadded(geometry) || Math.abs(value) + LARGEST_CODE * magnitudes > INT32_MAX) {
      return { kernel: "words_offset", bias };
    }
    folded[channel] = value;
  }
  return { kernel: "words", bias: folded };
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
export function packedWeights({ geometry, weights }: Convolution, kernel: ConvolutionKernel): Int8Array {
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
