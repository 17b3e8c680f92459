/** What the inference emitter is given, and what it says about the result. */
import type { CodeArray, IntegerProgram } from "../../program/program";

/** A sample for the self-test: codes of every input and the outputs that the interpreter computes. */
export interface SelfTestSample {
  readonly inputs: readonly CodeArray[];
  readonly outputs: readonly CodeArray[];
}

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
  readonly selfTest: readonly SelfTestSample[];
  /** Bytes that the target has; null where there is no limit. */
  readonly limits: { readonly ram: number | null; readonly flash: number | null };
}
