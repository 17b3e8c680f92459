/** LeNet-5 (LeCun et al. 1998) as it is built today: Relu, maxima, and dense layers behind two convolutions. */
import { NetworkBuilder } from "./builder";

/** Takes images of 1 × 28 × 28. */
export function lenet5(classes: number, seed: number): Uint8Array {
  const builder = new NetworkBuilder(seed);
  const block = (number: number, x: string, inputs: number, outputs: number, pad: number) => {
    const sums = builder.convolution(`conv${number}`, x, { inputs, outputs, kernel: 5, pad });
    return builder.maxPool(`pool${number}`, builder.add("Relu", [sums], `relu${number}`));
  };
  const features = builder.add("Flatten", [block(2, block(1, "input", 1, 6, 2), 6, 16, 0)], "features");
  const hidden = builder.add("Relu", [builder.dense("dense1", features, 400, 120, 2)], "relu3");
  const last = builder.add("Relu", [builder.dense("dense2", hidden, 120, 84, 2)], "relu4");
  return builder.finish("input", [1, 28, 28], builder.dense("logits", last, 84, classes, 1), classes);
}
