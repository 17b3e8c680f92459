import { Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { floatTensor, modelSource, node, randomTensor, randomValues, value } from "../onnx/model-builder";
import { interpret, networkOf, Reference } from "./networks";

/** Many, so that the scales of some are rounded down to single precision: their biases are then a little beyond half of int32. */
const CHANNELS = 64;

it("channels whose weights are next to nothing beside their bias keep sums of 32 bits, and equal ONNX Runtime", async () => {
  const source = modelSource({
    nodes: [node("Conv", ["x", "w", "b"], ["c"], { kernel_shape: [1, 1] }, "layer"), node("Relu", ["c"], ["y"])],
    initializers: [
      floatTensor(
        "w",
        [CHANNELS, 2, 1, 1],
        [0.7, -0.3, ...randomValues(2 * CHANNELS - 2, 2).map((weight) => 1e-9 * weight)],
      ),
      randomTensor("b", [CHANNELS], 3),
    ],
    inputs: [value("x", [1, 2, 3, 3])],
    outputs: [value("y", [1, CHANNELS, 3, 3])],
  });
  const sample = randomValues(18, 1).map((number) => 1.4 * number);
  const network = await networkOf(source, { x: new Tensor("float32", sample, [1, 2, 3, 3]) });
  expect(network.program.operations).toMatchObject([
    { accumulatorBits: 32, biasShifts: null, agreement: { checked: "accumulators", difference: 0 } },
  ]);
  const reference = await Reference.of(network);
  expect([...interpret(network, [sample])[0]]).toEqual((await reference.run([sample]))[0]);
  await reference.release();
});
