import { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { planMemory } from "../../../../src/engine/program/memory";
import { shippedModel } from "../onnx/real-models";
import { concatenated, testDigits, trainingDigits } from "./digits";
import { interpret, networkOf, Reference } from "./networks";

describe.each(["mnist-lenet5.onnx", "mnist-dscnn-bn.onnx"])("%s as an integer program", (name) => {
  it.each(["channel", "tensor"] as const)(
    "equals ONNX Runtime's integer kernels on every sample, per %s",
    async (granularity) => {
      const calibration = new Tensor("float32", concatenated(trainingDigits(0, 100)), [100, 1, 28, 28]);
      const network = await networkOf(shippedModel(name), { input: calibration }, { weights: { granularity } });
      for (const { agreement } of network.program.operations) expect(agreement.difference).toBe(0);
      const { arenaBytes, optimumBytes } = planMemory(network.program);
      expect(arenaBytes).toBe(optimumBytes);
      const reference = await Reference.of(network);
      let differing = 0;
      for (const sample of testDigits(0, 100)) {
        const [own] = interpret(network, [sample]);
        const [theirs] = await reference.run([sample]);
        if (theirs.join() !== [...own].join()) differing++;
      }
      expect(differing).toBe(0);
      await reference.release();
    },
  );
});
