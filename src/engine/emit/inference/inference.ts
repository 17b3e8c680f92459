/** The whole network as C: a header and a source file that need nothing else. */
import { BitwrightError } from "../../../protocol/errors";
import type { Artifact } from "../../artifact";
import { planMemory, type MemoryPlan } from "../../program/memory";
import type { ChannelRequantization } from "../../program/arithmetic/requantization";
import type { IntegerProgram } from "../../program/program";
import type { InferenceUse } from "../build-systems/description";
import { toMacroName } from "../identifiers";
import { modelIdentifier } from "../layer-names";
import { CText } from "../c-text";
import { fileBaseName } from "../file-names";
import { cmsisLayers } from "./cmsis-nn/backend";
import { checkLimits, layerCosts, type LayerCost } from "./costs";
import type { InferenceEmission } from "./emission";
import { headerLines, type Totals } from "./header";
import { branchOf, requantizeKernel } from "./kernels/requantization";
import { kernelsOf, layerCode } from "./layers";
import { inferenceNames } from "./names";
import { writeSource } from "./source";
import { callerCode } from "./use";

export interface EmittedInference extends Totals {
  /** `<name>.c` and `<name>.h`. */
  readonly artifacts: readonly Artifact[];
  readonly use: InferenceUse;
  /** Static RAM that CMSIS-NN wants besides the arena. */
  readonly scratchBytes: number;
  readonly memory: MemoryPlan;
  /** One for each operation. */
  readonly costs: readonly LayerCost[];
}

/**
 * The integer program as C99 that is C++17 too: integers alone, no heap, no library but CMSIS-NN where that is asked for, one
 * static arena. Equal emissions give equal bytes.
 *
 * @throws BitwrightError memory-exceeded naming the layer
 */
export function emitInference(emission: InferenceEmission): EmittedInference {
  try {
    return emit(emission);
  } catch (thrown) {
    throw BitwrightError.from(thrown).within({ model: emission.modelName });
  }
}

function emit(emission: InferenceEmission): EmittedInference {
  const { program, baseName } = emission;
  const memory = planMemory(program);
  const requantize = requantizeKernel(new Set(requantizations(program).map(branchOf)));
  const cmsis = emission.backend === "cmsis-nn" ? cmsisLayers(program, toMacroName(modelIdentifier(baseName))) : null;
  const codes = program.operations.map(
    (operation, index) => cmsis?.codes[index] ?? layerCode(operation, program, requantize, emission.optimize),
  );
  if (emission.backend === "cmsis-nn" && cmsis === null) {
    throw new BitwrightError(
      "not-available",
      "CMSIS-NN computes none of its operations: its functions are for activations of 8 bits and weights of 8 bits",
      "Choose the portable back end, or int8 weights and activations",
      { field: "output.backend" },
    );
  }
  const staticBytes = memory.arenaBytes + (cmsis?.scratchBytes ?? 0);
  const costs = layerCosts(program, codes, memory);
  const kernels = kernelsOf(codes);
  const totals = {
    macs: costs.reduce((sum, { macs }) => sum + macs, 0),
    flashBytes:
      costs.reduce((sum, { flashBytes }) => sum + flashBytes, 0) +
      kernels.reduce((sum, { constantBytes }) => sum + constantBytes, 0),
  };
  checkLimits(emission, costs, staticBytes, totals.flashBytes);
  const names = inferenceNames(baseName, program, kernels);
  const stem = fileBaseName(baseName);
  const header = new CText();
  header.lines(...headerLines(emission, names, costs, memory, totals, cmsis));
  const source = new CText();
  writeSource(source, emission, names, codes, costs, memory, cmsis, `${stem}.h`);
  const artifacts = [
    { path: `${stem}.c`, bytes: source.bytes() },
    { path: `${stem}.h`, bytes: header.bytes() },
  ];
  const use = {
    ...callerCode(names, program),
    arenaBytes: staticBytes,
    constantBytes: totals.flashBytes,
    selfTest: emission.selfTest.length > 0,
  };
  return { artifacts, use, scratchBytes: cmsis?.scratchBytes ?? 0, memory, costs, ...totals };
}

function requantizations({ operations }: IntegerProgram): ChannelRequantization[] {
  return operations.flatMap((operation) => {
    switch (operation.kind) {
      case "convolution":
      case "transposed-convolution":
        return operation.requantization;
      case "recurrent":
        return [...operation.inputSums.requantization, ...operation.stateSums.requantization];
      case "average-pooling":
        return (operation.requantizations ?? []).map(({ channel }) => channel);
      case "addition":
      case "max-pooling":
      case "lookup":
      case "interpolation":
      case "channel-bounds":
      case "channel-linear":
      case "multiplication":
      case "rearrangement":
      case "softmax":
      case "arg-max":
        return [];
    }
  });
}
