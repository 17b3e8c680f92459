/** Identifiers of the generated inference code: those of the interface, and those inside the source file. */
import type { IntegerProgram } from "../../program/program";
import { IdentifierScope, toIdentifier, toMacroName } from "../identifiers";
import { modelIdentifier } from "../layer-names";
import type { Kernel } from "./kernels/kernel";

/** Longest name of a layer inside the source file, so that suffixes fit. */
const MAX_LAYER_LENGTH = 48;
const MAX_PARAMETER_LENGTH = 31;

/** Names in the source file that are neither kernels nor layers. */
const OWN_NAMES = ["arena", "main", "i", "codes", "equal"];

export interface InferenceNames {
  readonly model: string;
  readonly macro: string;
  /** Parameters of the run function, by position. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Of the operations, in their order. */
  readonly layers: readonly string[];
}

export function inferenceNames(baseName: string, program: IntegerProgram, kernels: readonly Kernel[]): InferenceNames {
  const model = modelIdentifier(baseName);
  const parameters = new IdentifierScope();
  const named = (prefix: string, tensors: readonly number[]) =>
    tensors.length === 1
      ? [parameters.claim(prefix, prefix, MAX_PARAMETER_LENGTH)]
      : tensors.map((tensor) =>
          parameters.claim(`${prefix}_${program.tensors[tensor].name}`, prefix, MAX_PARAMETER_LENGTH),
        );
  const inputs = named("input", program.inputs);
  const outputs = named("output", program.outputs);
  const scope = new IdentifierScope();
  for (const name of [...OWN_NAMES, ...kernels.flatMap(({ names }) => names), ...inputs, ...outputs]) {
    scope.claim(name, name, MAX_LAYER_LENGTH);
  }
  const layers = program.operations.map(({ node, kind }) =>
    scope.claim(node, toIdentifier(kind, "layer", MAX_LAYER_LENGTH), MAX_LAYER_LENGTH),
  );
  return { model, macro: toMacroName(model), inputs, outputs, layers };
}
