/** Scratch memory that CMSIS-NN wants, on cores without Helium. */
import type { Operation } from "../../../program/program";

/** Bytes of the library's 16-bit copies of two columns of inputs are multiples of this many columns. */
const COLUMN_STEP = 8;

/**
 * Most bytes that the library's functions for an operation want on a core with or without DSP instructions: two columns of a
 * convolution's window in 16 bits; the taps of a depthwise convolution in 16 bits; one sum of 32 bits a channel for averages.
 */
export function cmsisScratchBytes(operation: Operation): number {
  if (operation.kind === "average-pooling") return 4 * operation.geometry.channels;
  if (operation.kind !== "convolution") return 0;
  const { kernelHeight, kernelWidth, inputChannels, outputChannels, groups } = operation.geometry;
  const taps = kernelHeight * kernelWidth;
  if (groups > 1) return 2 * taps * outputChannels;
  return 4 * COLUMN_STEP * Math.ceil((taps * inputChannels) / COLUMN_STEP);
}
