/** The layers of a program in C, with CMSIS-NN where it computes the same. */
import type { ChannelRequantization } from "../../../program/arithmetic/requantization";
import type { IntegerProgram } from "../../../program/program";
import type { LayerCode } from "../layers";
import { cmsisScratch } from "./kernels";
import { cmsisLayerCode, type LibraryRounding } from "./layers";
import { cmsisScratchBytes } from "./scratch";

export interface CmsisLayers {
  /** By operation; null where the portable kernel stays. */
  readonly codes: readonly (LayerCode | null)[];
  /** How the library must have been compiled; null where nothing depends on it. */
  readonly rounding: LibraryRounding | null;
  readonly scratchBytes: number;
}

/** @param macro of the model, in capital letters. @returns null where the library computes nothing of the program */
export function cmsisLayers(program: IntegerProgram, macro: string): CmsisLayers | null {
  const scratch = cmsisScratch(`${macro}_SCRATCH_BYTES`);
  const channels = program.operations.flatMap((operation): readonly ChannelRequantization[] =>
    operation.kind === "convolution" ? operation.requantization : [],
  );
  const rounding: LibraryRounding = channels.some((channel) => channel.rounding === "double") ? "double" : "half-up";
  const codes = program.operations.map((operation) => cmsisLayerCode(operation, program, rounding, scratch));
  const used = program.operations.filter((_, index) => codes[index] !== null);
  if (used.length === 0) return null;
  return {
    codes,
    rounding: used.some(({ kind }) => kind === "convolution") ? rounding : null,
    scratchBytes: Math.max(4, ...used.map(cmsisScratchBytes)),
  };
}

/** Preprocessor lines that stop where the library was compiled to round otherwise. */
export function cmsisRoundingCheck(rounding: LibraryRounding | null): string[] {
  if (rounding === null) return [];
  const single = rounding === "half-up";
  return [
    `#if${single ? "n" : ""}def CMSIS_NN_USE_SINGLE_ROUNDING`,
    `#error "these multipliers are for CMSIS-NN ${single ? "with" : "without"} CMSIS_NN_USE_SINGLE_ROUNDING"`,
    "#endif",
    "",
  ];
}
