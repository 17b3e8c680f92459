/** Multi-layer perceptrons. */
import { NetworkBuilder, type Activation } from "./builder";

/**
 * Fully connected layers with an activation between them and none behind the last one.
 * @param sizes units of the input, the hidden layers and the output
 */
export function perceptron(sizes: readonly number[], activation: Activation, seed: number): Uint8Array {
  const builder = new NetworkBuilder(seed);
  const last = sizes.length - 1;
  let x = "input";
  for (let layer = 1; layer <= last; layer++) {
    const isHidden = layer < last;
    const gain = isHidden && activation === "Relu" ? 2 : 1;
    x = builder.dense(isHidden ? `dense${layer}` : "logits", x, sizes[layer - 1], sizes[layer], gain);
    if (isHidden) x = builder.add(activation, [x], `activation${layer}`);
  }
  return builder.finish("input", [sizes[0]], x, sizes[last]);
}
