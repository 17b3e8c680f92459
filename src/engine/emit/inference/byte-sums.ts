/** Convolutions of plain bytes, which have kernels made for speed: their arrays and structures. */
import type { Convolution } from "../../program/operations/convolution";
import { convolutionKernel } from "./kernels/convolution";
import type { Kernel } from "./kernels/kernel";
import type { LayerCode, LayerStructure } from "./layers";
import { channelRequantizations, geometryMembers, requantizationArrays } from "./members";
import { blockedChannels, convolutionForm, packedWeights } from "./weight-order";

/** @param requantize the program's kernel of that name */
export function byteSumCode(operation: Convolution, requantize: Kernel): LayerCode {
  const { geometry } = operation;
  const { kernel, bias, tapRuns } = convolutionForm(operation);
  const channels = channelRequantizations(operation);
  return {
    kernel: convolutionKernel(kernel, requantize),
    arrays: [
      packedWeights(operation, kernel),
      { type: "int32_t", suffix: "_bias", values: Int32Array.from(blockedChannels(geometry, kernel, [...bias], 0)) },
      ...requantizationArrays(blockedChannels(geometry, kernel, channels, channels[0])),
    ],
    structures: [convolutionStructure(operation, tapRuns)],
    call: `convolve_${kernel}`,
    before: ["&_layer"],
    after: [],
  };
}

function convolutionStructure(operation: Convolution, tapRuns: number): LayerStructure {
  const { geometry, inputOffset, outputOffset, activationMin, activationMax } = operation;
  return {
    name: "convolution",
    suffix: "_layer",
    members: [
      ["", "_weights"],
      ["", "_bias"],
      ["", "_multipliers"],
      ["", "_shifts"],
      ...geometryMembers(geometry),
      ["input offset", inputOffset],
      ["output offset", outputOffset],
      ["activation minimum", activationMin],
      ["activation maximum", activationMax],
      ["runs of a tap", tapRuns],
    ],
  };
}
