/** The whole network in integers, as files. */
import { BitwrightError } from "../protocol/errors";
import type { InferenceReport } from "../protocol/inference";
import type { Artifact } from "./artifact";
import type { InferenceUse } from "./emit/build-systems/description";
import { emitInference, type EmittedInference } from "./emit/inference/inference";
import { STACK_BYTES } from "./emit/inference/text";
import type { CalibratedModel } from "./measure";
import type { PreparedModel } from "./prepare";
import { lowerProgram } from "./program/lower";
import type { IntegerProgram } from "./program/program";
import { programSamples } from "./program/samples";
import type { Recipe } from "./recipe";
import type { QuantizedWeights } from "./schemes/scheme";

/** What the banner of the files says, and what they are called. */
export interface InferenceOrigin {
  readonly generatorVersion: string;
  /** In the spelling of `canonicalJson`. */
  readonly recipe: string;
  readonly baseName: string;
}

export interface IntegerNetwork {
  readonly artifacts: readonly Artifact[];
  /** For build files. */
  readonly use: InferenceUse;
  readonly report: InferenceReport;
}

/**
 * Lowers the quantized model to the integer program and writes it as C: `<name>.h` and `<name>.c`.
 * @param weights codes by layer name
 * @throws BitwrightError recipe-invalid without integer activations; what lowering, the samples of the self-test and
 *   emission throw
 */
export async function integerNetwork(
  { original, model, layers }: PreparedModel,
  { output }: Recipe,
  weights: ReadonlyMap<string, QuantizedWeights>,
  calibrated: CalibratedModel | null,
  origin: InferenceOrigin,
): Promise<IntegerNetwork> {
  if (calibrated === null || calibrated.parameters.length === 0) {
    throw new BitwrightError(
      "recipe-invalid",
      "inference in integers needs integer activations",
      "Give calibration data, and activations of 8 bits",
      { field: "output.emit" },
    );
  }
  const { plan, parameters, dataset } = calibrated;
  const program = lowerProgram(
    { model, layers, quantized: weights, plan, parameters },
    { rounding: output.requantization },
  );
  const emitted = emitInference({
    ...origin,
    modelName: original.source.name,
    modelSha256: original.source.sha256,
    program,
    backend: output.backend,
    optimize: output.optimize,
    selfTest: output.selfTest === undefined ? [] : await programSamples(program, dataset, output.selfTest),
    limits: { ram: output.ram ?? null, flash: output.flash ?? null },
  });
  return { artifacts: emitted.artifacts, use: emitted.use, report: reportOf(program, emitted, output) };
}

function reportOf(
  { operations, tensors }: IntegerProgram,
  { memory, costs, scratchBytes, flashBytes, macs }: EmittedInference,
  { backend, requantization }: Recipe["output"],
): InferenceReport {
  return {
    backend,
    requantization,
    arenaBytes: memory.arenaBytes,
    optimumBytes: memory.optimumBytes,
    scratchBytes,
    stackBytes: STACK_BYTES,
    flashBytes,
    macs,
    operations: operations.map(({ node, operator, output, agreement }, index) => ({
      node,
      operator,
      shape: [...tensors[output].storedDims],
      ...costs[index],
      agreement,
    })),
  };
}
