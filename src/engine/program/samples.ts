/** Samples of calibration data as an integer program takes them, and what the reference interpreter makes of them. */
import { BitwrightError } from "../../protocol/errors";
import { quantizeActivations } from "../activations/parameters";
import type { Dataset } from "../data/dataset";
import { allocateTensor, interpretProgram } from "./interpret";
import { channelsLast, storedToRowMajor } from "./layout";
import type { CodeArray, IntegerProgram, ProgramTensor } from "./program";

/** Codes of every input and output of one run, in stored order. */
export interface ProgramSample {
  readonly inputs: readonly CodeArray[];
  readonly outputs: readonly CodeArray[];
}

/** The codes of an input's values, in stored order. @param values row-major */
export function inputCodes(tensor: ProgramTensor, values: Float32Array): CodeArray {
  const { type, dims, rounding, ...range } = tensor;
  const codes = quantizeActivations(values, { ...range, scheme: rounding === "up" ? "ceil" : "affine" });
  const stored = allocateTensor(type, codes.length);
  if (dims.length === 4) storedToRowMajor(channelsLast(dims)).forEach((from, to) => (stored[to] = codes[from]));
  else stored.set(codes);
  return stored;
}

/**
 * The first samples of a data set with the outputs that the interpreter computes.
 * @throws BitwrightError data-too-few; data-invalid for inputs that are not float32; what reading throws
 */
export async function programSamples(
  program: IntegerProgram,
  dataset: Pick<Dataset, "count" | "fixedBatch" | "read">,
  count: number,
): Promise<ProgramSample[]> {
  const unit = dataset.fixedBatch ?? 1;
  if (dataset.count < count * unit) {
    throw new BitwrightError(
      "data-too-few",
      `a self-test of ${count} samples is asked for, and the data have ${Math.floor(dataset.count / unit)}`,
      "Give more data, or ask for fewer samples",
      { field: "output.selfTest" },
    );
  }
  const samples: ProgramSample[] = [];
  for (let index = 0; index < count; index++) {
    const tensors = await dataset.read(index * unit, unit);
    const inputs = program.inputs.map((input) => {
      const tensor = program.tensors[input];
      const { data } = tensors[tensor.name];
      if (data instanceof Float32Array) return inputCodes(tensor, data);
      throw new BitwrightError(
        "data-invalid",
        "a self-test needs an input of float32",
        "Export the model with one, or leave the self-test out",
        { field: tensor.name },
      );
    });
    const values = interpretProgram(program, inputs);
    samples.push({ inputs, outputs: program.outputs.map((output) => values[output]) });
  }
  return samples;
}
