/**
 * Pooling of feature maps.
 *
 *     MaxPooling:      output = max over the taps inside the input
 *     AveragePooling:  output = clamp(outputOffset + requantized Σ (input + inputOffset))
 *                or:  output = clamp((outputOffset · count + Σ (input + inputOffset)) / count), half to even
 *
 * The requantization of an average divides by the number of taps: one entry for each number that occurs. The second form
 * is for equal scales of input and output; only there halves are frequent.
 */
import { requantize, type ChannelRequantization } from "../arithmetic/requantization";
import type { CodeArray, OperationBase } from "../program";

export interface PoolingGeometry {
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly channels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
}

export interface MaxPooling extends OperationBase {
  readonly kind: "max-pooling";
  readonly geometry: PoolingGeometry;
  /** Smallest code of the input, which every tap reaches. */
  readonly lowest: number;
}

/** Requantization of averages over this many taps. */
export interface CountedRequantization {
  readonly count: number;
  readonly channel: ChannelRequantization;
}

export interface AveragePooling extends OperationBase {
  readonly kind: "average-pooling";
  readonly geometry: PoolingGeometry;
  readonly inputOffset: number;
  readonly outputOffset: number;
  readonly activationMin: number;
  readonly activationMax: number;
  /**
   * For each divisor that occurs, which is the number of taps inside the input, or of the window with its padding; null
   * divides.
   */
  readonly requantizations: readonly CountedRequantization[] | null;
  readonly countIncludePad: boolean;
  /** Extent of the padding below and to the right, which windows of ceil_mode can leave. */
  readonly paddedHeight: number;
  readonly paddedWidth: number;
}

/** First and one past the last kernel index whose tap is in [0, size). */
export function tapRange(
  position: number,
  stride: number,
  pad: number,
  dilation: number,
  kernel: number,
  size: number,
) {
  const origin = position * stride - pad;
  const start = Math.max(0, Math.ceil(-origin / dilation));
  const end = Math.min(kernel, Math.ceil((size - origin) / dilation));
  return { start, end: Math.max(start, end) };
}

export function runMaxPooling(operation: MaxPooling, input: CodeArray, output: CodeArray): void {
  const { geometry: g, lowest } = operation;
  let at = 0;
  for (let y = 0; y < g.outputHeight; y++) {
    const rows = tapRange(y, g.strideHeight, g.padTop, g.dilationHeight, g.kernelHeight, g.inputHeight);
    for (let x = 0; x < g.outputWidth; x++) {
      const columns = tapRange(x, g.strideWidth, g.padLeft, g.dilationWidth, g.kernelWidth, g.inputWidth);
      for (let channel = 0; channel < g.channels; channel++) {
        let most = lowest;
        for (let ky = rows.start; ky < rows.end; ky++) {
          const inputY = y * g.strideHeight - g.padTop + ky * g.dilationHeight;
          for (let kx = columns.start; kx < columns.end; kx++) {
            const inputX = x * g.strideWidth - g.padLeft + kx * g.dilationWidth;
            most = Math.max(most, input[(inputY * g.inputWidth + inputX) * g.channels + channel]);
          }
        }
        output[at++] = most;
      }
    }
  }
}

/** Number that the sum at a position is divided by. */
export function averageCount(
  operation: Pick<AveragePooling, "geometry" | "countIncludePad" | "paddedHeight" | "paddedWidth">,
  y: number,
  x: number,
): number {
  const { geometry: g, countIncludePad, paddedHeight, paddedWidth } = operation;
  const [height, width] = countIncludePad ? [paddedHeight, paddedWidth] : [g.inputHeight, g.inputWidth];
  const [top, left] = countIncludePad ? [0, 0] : [g.padTop, g.padLeft];
  const rows = tapRange(y, g.strideHeight, top, g.dilationHeight, g.kernelHeight, height);
  const columns = tapRange(x, g.strideWidth, left, g.dilationWidth, g.kernelWidth, width);
  return (rows.end - rows.start) * (columns.end - columns.start);
}

export function runAveragePooling(operation: AveragePooling, input: CodeArray, output: CodeArray): void {
  const { geometry: g, inputOffset, outputOffset, activationMin, activationMax } = operation;
  const byCount = new Map(operation.requantizations?.map(({ count, channel }) => [count, channel]));
  let at = 0;
  for (let y = 0; y < g.outputHeight; y++) {
    const rows = tapRange(y, g.strideHeight, g.padTop, g.dilationHeight, g.kernelHeight, g.inputHeight);
    for (let x = 0; x < g.outputWidth; x++) {
      const columns = tapRange(x, g.strideWidth, g.padLeft, g.dilationWidth, g.kernelWidth, g.inputWidth);
      const count = averageCount(operation, y, x);
      const requantization = byCount.get(count);
      for (let channel = 0; channel < g.channels; channel++) {
        let sum = 0;
        for (let ky = rows.start; ky < rows.end; ky++) {
          const inputY = y * g.strideHeight - g.padTop + ky * g.dilationHeight;
          for (let kx = columns.start; kx < columns.end; kx++) {
            const inputX = x * g.strideWidth - g.padLeft + kx * g.dilationWidth;
            sum += input[(inputY * g.inputWidth + inputX) * g.channels + channel] + inputOffset;
          }
        }
        const code =
          requantization === undefined
            ? dividedHalfEven(outputOffset * count + sum, count)
            : outputOffset + requantize(sum, requantization);
        output[at++] = Math.min(Math.max(code, activationMin), activationMax);
      }
    }
  }
}

/** The quotient of integers, rounded half to even. */
export function dividedHalfEven(dividend: number, divisor: number): number {
  const floor = Math.floor(dividend / divisor);
  const rest = 2 * (dividend - floor * divisor);
  return rest > divisor || (rest === divisor && floor % 2 !== 0) ? floor + 1 : floor;
}
