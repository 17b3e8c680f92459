/** Convolutions in C: see `program/operations/convolution.ts` for what they compute. */
import { blockedConvolution, type BlockedKernel } from "./convolution-blocked";
import { depthwiseConvolution } from "./convolution-depthwise";
import type { Kernel } from "./kernel";

export type ConvolutionKernel = BlockedKernel | "depthwise";

export function convolutionKernel(variant: ConvolutionKernel, requantize: Kernel): Kernel {
  return variant === "depthwise" ? depthwiseConvolution(requantize) : blockedConvolution(variant, requantize);
}
