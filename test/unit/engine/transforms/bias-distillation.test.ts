import { expect, it } from "vitest";
import { floatsOf } from "../../../../src/engine/activations/run";
import { addQuantizedNetwork } from "../../../../src/engine/analysis/noise/cumulative";
import type { QuantizedNetwork } from "../../../../src/engine/analysis/noise/network";
import { GraphEdit } from "../../../../src/engine/graph/edit";
import { correctBiases } from "../../../../src/engine/transforms/bias-correction";
import { loadOnnxRuntime } from "../../../../src/runtime/onnxruntime";
import { quantizeNetwork } from "../activations/networks";
import { perceptron, points } from "../training-loop/networks";

const runtime = await loadOnnxRuntime();
const { samples } = points(500, 3);

/** Σ of squared differences between the float network's outputs and those of a quantized one, on other samples. */
async function outputError(float: QuantizedNetwork, subject: QuantizedNetwork): Promise<number> {
  const others = points(300, 4).samples;
  const outputs = async (network: QuantizedNetwork, isQuantized: boolean) => {
    const edit = new GraphEdit(network.model);
    const output = (isQuantized ? addQuantizedNetwork(edit, network).get("y") : undefined) ?? "y";
    edit.addOutput(output);
    const session = await runtime.createSession(edit.encode(), { keepsRounding: true });
    return floatsOf(await session.run(await others.read(0, others.count)), output);
  };
  const wanted = await outputs(float, false);
  return (await outputs(subject, true)).reduce((sum, value, i) => sum + (value - wanted[i]) ** 2, 0);
}

it.each([true, false])(
  "distilled biases answer more like the float network (activations rounded: %s)",
  async (rounds) => {
    const { network } = await quantizeNetwork(
      perceptron(),
      runtime,
      samples,
      { scheme: "affine", bits: 8 },
      2,
      "tensor",
    );
    const before = rounds ? network : { ...network, parameters: [] };
    const { network: empirical } = await correctBiases(before, "empirical", runtime, samples);
    const { network: distilled, record } = await correctBiases(before, "distilled", runtime, samples);
    expect(await outputError(before, distilled)).toBeLessThan(0.98 * (await outputError(before, empirical)));
    expect(record.method).toBe("distilled");
    distilled.layers.forEach(({ name, bias }, i) => {
      const { correction, kept } = record.layers.find(({ layer }) => layer === name)!;
      bias!.forEach((value, channel) =>
        expect(value).toBeCloseTo(before.layers[i].bias![channel] + (kept ? correction[channel] : 0), 5),
      );
    });
  },
);
