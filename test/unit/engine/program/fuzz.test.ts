import { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { elementCount } from "../../../../src/engine/onnx/tensor";
import { randomValues } from "../onnx/model-builder";
import { interpret, networkOf, Reference, type Network } from "./networks";
import { randomNetwork } from "./random-networks";

const COUNT = Number(process.env["BITWRIGHT_FUZZ"] ?? 400);

/** Milliseconds that a network may take, so that thousands have the time that they need. */
const TIMEOUT = 1000;

/** A difference of one code rarely becomes more than this behind a few more layers, whose weights decide. */
const USUAL_AFTER_HALVES = 8;

/** ONNX Runtime 1.30 refuses a few of its own rewritten graphs: "two nodes with same node name". */
async function referenceOf(network: Network): Promise<Reference | null> {
  try {
    return await Reference.of(network);
  } catch (thrown) {
    if (String(thrown).includes("two nodes with same node name")) return null;
    throw thrown;
  }
}

describe("random networks", () => {
  it.each(["exact", "all"] as const)(
    "compute what ONNX Runtime computes: %s operators",
    async (steps) => {
      let compared = 0;
      let unusual = 0;
      for (let seed = 1; seed <= COUNT; seed++) {
        const { source, inputDims, operators } = randomNetwork(seed, steps);
        const sample = randomValues(elementCount(inputDims), seed);
        const granularity = seed % 2 === 0 ? "channel" : "tensor";
        const network = await networkOf(
          source,
          { x: new Tensor("float32", sample, inputDims) },
          { weights: { granularity } },
        );
        const reference = await referenceOf(network);
        if (reference === null) continue;
        compared++;
        const [own] = interpret(network, [sample]);
        const [theirs] = await reference.run([sample]);
        await reference.release();
        const worst = theirs.reduce((most, code, i) => Math.max(most, Math.abs(code - own[i])), 0);
        const halvesDecide = network.program.operations.some(({ agreement }) => agreement.difference !== 0);
        if (halvesDecide) unusual += worst > USUAL_AFTER_HALVES ? 1 : 0;
        else expect({ seed, operators, worst }).toEqual({ seed, operators, worst: 0 });
      }
      expect(compared).toBeGreaterThan(0.95 * COUNT);
      expect(unusual).toBeLessThanOrEqual(COUNT / 1000);
    },
    COUNT * TIMEOUT,
  );
});
