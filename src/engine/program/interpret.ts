/** The reference interpreter: what every target must compute, bit for bit. */
import { BitwrightError } from "../../protocol/errors";
import { elementCount } from "../onnx/tensor";
import { runChannelBounds } from "./operations/channel-bounds";
import { runArgMax, runSoftmax } from "./operations/classification";
import { runChannelLinear } from "./operations/channel-linear";
import { runConvolution, runTransposedConvolution } from "./operations/convolution";
import { runAddition, runMultiplication } from "./operations/elementwise";
import { runInterpolation } from "./operations/interpolation";
import { runLookup } from "./operations/lookup";
import { runRearrangement } from "./operations/movement";
import { runAveragePooling, runMaxPooling } from "./operations/pooling";
import { runRecurrent } from "./operations/recurrent";
import type { CodeArray, CodeType, IntegerProgram, Operation } from "./program";

/** Zeroed codes. */
export function allocateTensor(type: CodeType, length: number): CodeArray {
  switch (type) {
    case "int8":
      return new Int8Array(length);
    case "int16":
      return new Int16Array(length);
    case "int32":
      return new Int32Array(length);
  }
}

/**
 * Runs the program once.
 * @param inputs codes of the program's inputs, in stored order
 * @returns the values of all tensors, by index; those of the program's outputs among them
 * @throws BitwrightError data-shape, where an input has another number of codes
 */
export function interpretProgram(program: IntegerProgram, inputs: readonly CodeArray[]): CodeArray[] {
  const values = program.tensors.map(({ type, dims }) => allocateTensor(type, elementCount(dims)));
  program.inputs.forEach((tensor, position) => {
    const given = inputs.at(position);
    if (given?.length !== values[tensor].length) {
      throw new BitwrightError(
        "data-shape",
        `the program's input has ${values[tensor].length} codes, got ${given?.length ?? 0}`,
        "Give one code for each element of the input",
        { field: program.tensors[tensor].name },
      );
    }
    values[tensor].set(given);
  });
  for (const operation of program.operations) runOperation(operation, values);
  return values;
}

function runOperation(operation: Operation, values: readonly CodeArray[]): void {
  const [first, second] = operation.inputs.map((index) => values[index]);
  const output = values[operation.output];
  switch (operation.kind) {
    case "convolution":
      runConvolution(operation, first, output);
      break;
    case "transposed-convolution":
      runTransposedConvolution(operation, first, output);
      break;
    case "multiplication":
      runMultiplication(operation, first, second, output);
      break;
    case "addition":
      runAddition(operation, first, second, output);
      break;
    case "max-pooling":
      runMaxPooling(operation, first, output);
      break;
    case "average-pooling":
      runAveragePooling(operation, first, output);
      break;
    case "lookup":
      runLookup(operation, first, output);
      break;
    case "channel-bounds":
      runChannelBounds(operation, first, output);
      break;
    case "interpolation":
      runInterpolation(operation, first, output);
      break;
    case "channel-linear":
      runChannelLinear(operation, first, output);
      break;
    case "rearrangement":
      runRearrangement(operation, first, output);
      break;
    case "recurrent":
      runRecurrent(operation, values);
      break;
    case "softmax":
      runSoftmax(operation, first, output);
      break;
    case "arg-max":
      runArgMax(operation, first, output);
      break;
  }
}
