/** The order of weights in generated C: what the inner loop of each convolution reads one after the other. */
import type { Convolution, ConvolutionGeometry } from "../../program/operations/convolution";
import type { ConvolutionKernel } from "./kernels/convolution";

/** Output channels that are summed at once. */
const BLOCK = 4;

/** Inputs that are read at once where a row of taps is a multiple of them. */
const WORD = 4;

export function convolutionVariant({ inputChannels, outputChannels, groups }: ConvolutionGeometry): ConvolutionKernel {
  if (groups > 1 && groups === inputChannels && groups === outputChannels) return "depthwise";
  return (inputChannels / groups) % WORD === 0 ? "words" : "bytes";
}

/**
 * - `depthwise`: [kernel height][kernel width][channels]
 * - `bytes`: [groups][blocks of 4 output channels][kernel height][kernel width][inputs][4]
 * - `words`: the same with [inputs / 4][4 output channels][4 inputs] at the end
 *
 * The last block of a group is filled up with zeros.
 */
export function packedWeights({ geometry, weights }: Convolution): Int8Array {
  const { outputChannels, groups, kernelHeight, kernelWidth } = geometry;
  const variant = convolutionVariant(geometry);
  const taps = kernelHeight * kernelWidth;
  if (variant === "depthwise") {
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
        variant === "bytes" ? i * BLOCK + lane : Math.floor(i / WORD) * BLOCK * WORD + lane * WORD + (i % WORD);
      packed[block + at] = weights[channel * perChannel + i];
    }
  }
  return packed;
}

/** Values of the output channels in the order in which the kernel reads them: blocks of a group filled up with zeros. */
export function blockedChannels<T>(geometry: ConvolutionGeometry, values: readonly T[], filler: T): T[] {
  if (convolutionVariant(geometry) === "depthwise") return [...values];
  const groupOutputs = geometry.outputChannels / geometry.groups;
  const missing = (BLOCK - (groupOutputs % BLOCK)) % BLOCK;
  const blocked: T[] = [];
  for (let start = 0; start < values.length; start += groupOutputs) {
    blocked.push(...values.slice(start, start + groupOutputs), ...Array<T>(missing).fill(filler));
  }
  return blocked;
}
