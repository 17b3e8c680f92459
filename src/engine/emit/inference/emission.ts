/** What the inference emitter is given, and what it says about the result. */
import type { IntegerProgram } from "../../program/program";
import type { ProgramSample } from "../../program/samples";

/** portable: kernels that stand in the file; cmsis-nn: the library's functions where they compute the same. */
export const BACKENDS = ["portable", "cmsis-nn"] as const;
export type Backend = (typeof BACKENDS)[number];

/** speed: kernels for the forms that layers have; size: one kernel, one channel of one output at a time. */
export const OPTIMIZATIONS = ["speed", "size"] as const;
export type Optimization = (typeof OPTIMIZATIONS)[number];

export interface InferenceEmission {
  readonly generatorVersion: string;
  /** File name of the model, without its folder. */
  readonly modelName: string;
  /** 64 lower-case hexadecimal digits. */
  readonly modelSha256: string;
  /** The recipe in the spelling of `canonicalJson`. */
  readonly recipe: string;
  /** Base name of files and identifiers. */
  readonly baseName: string;
  readonly program: IntegerProgram;
  /** What runs the layers; `portable` where left out. */
  readonly backend?: Backend;
  /** Of convolutions and dense layers; `speed` where left out. */
  readonly optimize?: Optimization;
  /** Samples that the self-test runs; none, and there is no self-test. */
  readonly selfTest: readonly ProgramSample[];
  /** Bytes that the target has; null where there is no limit. */
  readonly limits: { readonly ram: number | null; readonly flash: number | null };
}
