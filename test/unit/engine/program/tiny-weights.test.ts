import { Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { floatTensor, modelSource, node, randomValues, value } from "../onnx/model-builder";
import { interpret, networkOf, Reference } from "./networks";

it("channels whose weights are next to nothing beside their bias keep sums of 32 bits, and equal ONNX Runtime", async () => {
  const source = modelSource({
    nodes: [node("Conv", ["x", "w", "b"], ["c"], { kernel_shape: [1, 1] }, "layer"), node("Relu", ["c"], ["y"])],
    initializers: [
      floatTensor("w", [3, 2, 1, 1], [0.7, -0.3, 3e-9, -1e-9, 0, 0]),
      floatTensor("b", [3], [0.1, 0.6789, 0.4321]),
    ],
    inputs: [value("x", [1, 2, 3, 3])],
    outputs: [value("y", [1, 3, 3, 3])],
  });
  const sample = randomValues(18, 1);
  const network = await networkOf(source, { x: new Tensor("float32", sample, [1, 2, 3, 3]) });
  expect(network.program.operations).toMatchObject([
    { accumulatorBits: 32, biasShifts: null, agreement: { checked: "accumulators", difference: 0 } },
  ]);
  const reference = await Reference.of(network);
  expect([...interpret(network, [sample])[0]]).toEqual((await reference.run([sample]))[0]);
  await reference.release();
});
