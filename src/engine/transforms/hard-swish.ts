/** HardSwish of scaled channels. */
import type { OnnxModel } from "../onnx/model";
import type { ModelRewriter } from "./layer-edits";
import type { RegionActivation } from "./region";
import { perChannelDims, type ScaledActivation } from "./scaled-activations";

/**
 * HardSwish(x) is x · HardSigmoid(x). Of a channel x' = S·x it becomes x' · HardSigmoid(x' / S), which is S · HardSwish(x): only the
 * gate, whose values lie between 0 and 1, reads the channels without their scales.
 */
export function replaceHardSwish(
  rewriter: ModelRewriter,
  { graph }: OnnxModel,
  { activation, scales }: ScaledActivation<RegionActivation>,
): void {
  const node = graph.node[activation.nodeIndex];
  const [input] = node.input;
  const [output] = node.output;
  const inverse = rewriter.constant(
    `${output}_scales`,
    perChannelDims(activation),
    scales.map((scale) => 1 / scale),
  );
  const unscaled = rewriter.valueName(`${output}_unscaled`);
  const gate = rewriter.valueName(`${output}_gate`);
  rewriter.replace(activation.nodeIndex, [
    rewriter.node("Mul", [input, inverse], unscaled),
    rewriter.node("HardSigmoid", [unscaled], gate, { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
    rewriter.node("Mul", [input, gate], output),
  ]);
}
