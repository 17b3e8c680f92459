import { describe, expect, it } from "vitest";
import { activationParameters } from "../../../../src/engine/activations/parameters";
import { planActivations } from "../../../../src/engine/activations/plan";
import { toChannelMajor } from "../../../../src/engine/graph/layout";
import { interpretProgram } from "../../../../src/engine/program/interpret";
import { lowerProgram } from "../../../../src/engine/program/lower";
import { fitScheme } from "../../../../src/engine/schemes/registry";
import { planWithChannelBounds } from "../../../../src/engine/transforms/plan-with-channel-bounds";
import { floatTensor, modelSource, node, value } from "../onnx/model-builder";
import { prepared } from "./random-networks";

const LOW = [-0.5, -0.25];
const HIGH = [0.5, 0.125];

/** A pointwise convolution that passes two channels on, bounded by channel, before another one. */
function bounded(dims: readonly number[] = [1, 2, 1, 1]) {
  const identity = [1, 0, 0, 1];
  return prepared(
    modelSource({
      nodes: [
        node("Conv", ["x", "w"], ["c"], {}, "first"),
        node("Max", ["c", "low"], ["m"], {}, "lower"),
        node("Min", ["high", "m"], ["b"], {}, "upper"),
        node("Conv", ["b", "w"], ["y"], {}, "second"),
      ],
      initializers: [
        floatTensor("w", [2, 2, 1, 1], identity),
        floatTensor("low", [1, 2, 1, 1], LOW),
        floatTensor(
          "high",
          dims,
          Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, at) => HIGH[at % 2]),
        ),
      ],
      inputs: [value("x", [1, 2, 2, 2])],
    }),
  );
}

function programOf({ model, layers }: ReturnType<typeof bounded>) {
  const plan = planWithChannelBounds(model, planActivations(model, layers));
  const parameters = plan.groups.map(() =>
    activationParameters({ scheme: "symmetric", bits: 8 }, -127 / 128, 127 / 128),
  );
  const quantized = new Map(
    layers.map(({ name, weight, layout }) => [
      name,
      fitScheme(toChannelMajor(weight.values, layout), {
        scheme: "symmetric",
        bits: 8,
        granularity: "tensor",
        clip: "max",
        rounding: "half-even",
      }),
    ]),
  );
  return lowerProgram({ model, layers, quantized, plan, parameters });
}

describe("planWithChannelBounds", () => {
  it("gives what is bounded the codes of the result, and ends the layer behind its bounds", () => {
    const { model, layers } = bounded();
    const plain = planActivations(model, layers);
    const plan = planWithChannelBounds(model, plain);
    expect(plan.groupOf.get("c")).toBe(plan.groupOf.get("b"));
    expect(plan.groupOf.get("m")).toBe(plan.groupOf.get("b"));
    expect(plan.groups.map(({ sources }) => sources)).toEqual([["x"], ["b"], ["y"]]);
    expect([...plan.groupOf.values()].every((group) => group < plan.groups.length)).toBe(true);
    expect(plan.outputPoint.get("first")).toBe("b");
    expect(plan.chain.get("first")).toEqual([0, 1, 2]);
  });

  it("leaves a value that something else reads too", () => {
    const { model, layers } = bounded();
    const shared = {
      ...model,
      graph: { ...model.graph, output: [...model.graph.output, { ...model.graph.output[0], name: "c" }] },
    };
    const plan = planWithChannelBounds(shared, planActivations(shared, layers));
    expect(plan.groupOf.get("c")).not.toBe(plan.groupOf.get("b"));
    expect(plan.outputPoint.get("first")).toBe("c");
  });

  it("makes programs that clamp every channel to its own codes", () => {
    const program = programOf(bounded());
    const codes = Int8Array.of(127, 127, -128, -128, 10, 10, -10, -10);
    const values = interpretProgram(program, [codes]);
    const bound = program.operations.findLast(({ kind }) => kind === "channel-bounds")!.output;
    expect([...values[bound]]).toEqual([64, 16, -64, -32, 10, 10, -10, -10]);
  });

  it("clamps by elements of axes side by side", () => {
    const program = programOf(bounded([1, 2, 2, 1]));
    const codes = Int8Array.of(127, 127, -128, -128, 127, 127, -10, -10);
    const values = interpretProgram(program, [codes]);
    const bound = program.operations.findLast(({ kind }) => kind === "channel-bounds")!.output;
    expect([...values[bound]]).toEqual([64, -64, 16, -10, 64, -32, 16, -10]);
  });

  it("refuses bounds that differ along axes apart", () => {
    expect(() => programOf(bounded([1, 2, 1, 2]))).toThrow(/nor to axes side by side/);
  });
});
