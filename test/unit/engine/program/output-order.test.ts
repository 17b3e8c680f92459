/** Outputs are stored channels last of their own shape, whatever shape the operation before them computed in. */
import { Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { modelSource, node, randomTensor, randomValues, value } from "../onnx/model-builder";
import { interpret, networkOf, Reference } from "./networks";

const DIMS = [1, 3, 4, 5];
const SWAPPED = { perm: [0, 2, 1, 3] };

it("gives an output that was computed transposed its own shape", async () => {
  const source = modelSource({
    nodes: [
      node("Conv", ["x", "w"], ["c"], {}, "first"),
      node("Transpose", ["c"], ["t"], SWAPPED, "there"),
      node("Add", ["t", "t"], ["s"], {}, "twice"),
      node("Transpose", ["s"], ["y"], SWAPPED, "back"),
    ],
    initializers: [randomTensor("w", [3, 3, 1, 1], 1)],
    inputs: [value("x", DIMS)],
    outputs: ["y"],
  });
  const sample = randomValues(60, 1);
  const network = await networkOf(source, { x: new Tensor("float32", sample, DIMS) });
  const output = network.program.tensors[network.program.outputs[0]];
  expect(output).toMatchObject({ dims: DIMS, storedDims: [1, 4, 5, 3] });
  const reference = await Reference.of(network);
  const [theirs] = await reference.run([sample]);
  await reference.release();
  expect(theirs).toEqual([...interpret(network, [sample])[0]]);
});
