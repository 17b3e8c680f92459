/**
 * Convolutions, and the dense layers that are convolutions of one pixel.
 *
 *     accumulator[o] = bias[o] + Σ (input[y·stride + ky·dilation − pad][…][i] + inputOffset) · weight[o][ky][kx][i]
 *     output[o]      = clamp(outputOffset + requantized accumulator[o])
 *
 * The sum is over the taps that lie inside the input; i counts the channels of the output channel's group.
 * `inputOffset` is minus the input's zero point, `outputOffset` the output's zero point. Where weights have blocks, each
 * counts times the scale of its block, a whole number, so that sums are exact in any order.
 */
import { requantize, type Requantization } from "../arithmetic/requantization";
import type { CodeArray, OperationBase } from "../program";
import { scaledWeights, type WeightBlocks, type WeightStorage } from "../weight-storage";

/** Integers that weights stand for. */
export type WeightCodes = Int8Array | Int16Array | Int32Array;

export interface ConvolutionGeometry {
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly inputChannels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly outputChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly groups: number;
}

interface WeightedSum extends OperationBase {
  readonly geometry: ConvolutionGeometry;
  /** [outputChannels][kernelHeight][kernelWidth][inputChannels / groups]. */
  readonly weights: WeightCodes;
  /** How they stand in flash. */
  readonly storage: WeightStorage;
  /** Null where the scales of weights belong to channels. */
  readonly blocks: WeightBlocks | null;
  /** Bits of a weight code as the scheme has them. */
  readonly weightBits: number;
  /** Float32 scales of the weights: one, or one an output channel. For comments. */
  readonly weightScales: Float32Array;
  /** One for each output channel, in units of the input's times the weights' scale: whole numbers. */
  readonly bias: Int32Array | Float64Array;
  /** One a channel, so that `bias / 2^shift` is a whole number of 32 bits; null where biases are that. */
  readonly biasShifts: Uint8Array | null;
  readonly inputOffset: number;
  readonly requantization: Requantization;
  readonly outputOffset: number;
  readonly activationMin: number;
  readonly activationMax: number;
  /** Width that holds every accumulator on the way, proved from the codes and the input's range; 64 is below 2^53. */
  readonly accumulatorBits: 32 | 64;
}

export interface Convolution extends WeightedSum {
  readonly kind: "convolution";
}

/**
 * The same sum with the input's positions spread by the stride: over all taps for which
 * `y + pad − ky·dilation` is a multiple of the stride, inside the input after division by it.
 */
export interface TransposedConvolution extends WeightedSum {
  readonly kind: "transposed-convolution";
}

/** Multiply-accumulates of one run, padding taps included. */
export function convolutionMacs({ geometry }: WeightedSum): number {
  const { kernelHeight, kernelWidth, inputChannels, groups } = geometry;
  return outputElements(geometry) * kernelHeight * kernelWidth * (inputChannels / groups);
}

function outputElements({ outputHeight, outputWidth, outputChannels }: ConvolutionGeometry): number {
  return outputHeight * outputWidth * outputChannels;
}

/** @param input [inputHeight][inputWidth][inputChannels] */
export function runConvolution(operation: Convolution, input: CodeArray, output: CodeArray): void {
  const { geometry: g } = operation;
  const rows = readPositions(g.outputHeight, g.kernelHeight, (y, ky) =>
    inside(y * g.strideHeight + ky * g.dilationHeight - g.padTop, g.inputHeight),
  );
  const columns = readPositions(g.outputWidth, g.kernelWidth, (x, kx) =>
    inside(x * g.strideWidth + kx * g.dilationWidth - g.padLeft, g.inputWidth),
  );
  runWeightedSum(operation, rows, columns, input, output);
}

/** As {@link runConvolution}; the weights are in the same order. */
export function runTransposedConvolution(operation: TransposedConvolution, input: CodeArray, output: CodeArray): void {
  const { geometry: g } = operation;
  const rows = readPositions(g.outputHeight, g.kernelHeight, (y, ky) =>
    inside((y + g.padTop - ky * g.dilationHeight) / g.strideHeight, g.inputHeight),
  );
  const columns = readPositions(g.outputWidth, g.kernelWidth, (x, kx) =>
    inside((x + g.padLeft - kx * g.dilationWidth) / g.strideWidth, g.inputWidth),
  );
  runWeightedSum(operation, rows, columns, input, output);
}

/** A tap that reads nothing. */
const OUTSIDE = -1;

function inside(position: number, size: number): number {
  return Number.isInteger(position) && position >= 0 && position < size ? position : OUTSIDE;
}

/** [outputs][kernel]: the position of the input that each tap reads along one axis. */
function readPositions(outputs: number, kernel: number, position: (output: number, tap: number) => number): Int32Array {
  return Int32Array.from({ length: outputs * kernel }, (_, i) => position(Math.floor(i / kernel), i % kernel));
}

function runWeightedSum(
  operation: WeightedSum,
  rows: Int32Array,
  columns: Int32Array,
  input: CodeArray,
  output: CodeArray,
): void {
  const { geometry: g, bias, inputOffset, requantization, outputOffset, activationMin, activationMax } = operation;
  const channelsIn = g.inputChannels / g.groups;
  const channelsOut = g.outputChannels / g.groups;
  const filterSize = g.kernelHeight * g.kernelWidth * channelsIn;
  const weights = scaledWeights(operation.weights, filterSize, operation.blocks);
  let at = 0;
  for (let y = 0; y < g.outputHeight; y++) {
    for (let x = 0; x < g.outputWidth; x++) {
      for (let o = 0; o < g.outputChannels; o++) {
        const firstChannel = Math.floor(o / channelsOut) * channelsIn;
        let sum = bias[o];
        for (let ky = 0; ky < g.kernelHeight; ky++) {
          const row = rows[y * g.kernelHeight + ky];
          if (row === OUTSIDE) continue;
          for (let kx = 0; kx < g.kernelWidth; kx++) {
            const column = columns[x * g.kernelWidth + kx];
            if (column === OUTSIDE) continue;
            const from = (row * g.inputWidth + column) * g.inputChannels + firstChannel;
            const tap = o * filterSize + (ky * g.kernelWidth + kx) * channelsIn;
            for (let i = 0; i < channelsIn; i++) sum += (input[from + i] + inputOffset) * weights[tap + i];
          }
        }
        const code = outputOffset + requantize(sum, channelOf(requantization, o));
        output[at++] = Math.min(Math.max(code, activationMin), activationMax);
      }
    }
  }
}

function channelOf(requantization: Requantization, channel: number) {
  return requantization[requantization.length === 1 ? 0 : channel];
}
