/** The networks that training from scratch starts with. */
import { BitwrightError } from "../../../protocol/errors";
import type { Activation } from "./builder";
import { lenet5 } from "./lenet";
import { perceptron } from "./perceptron";
import { RESNET_18, RESNET_8, residualNetwork } from "./residual";

export const NEW_NETWORKS = ["mlp", "lenet-5", "resnet-8", "resnet-18"] as const;

export type NewNetworkName = (typeof NEW_NETWORKS)[number];

export interface NewNetworkOptions {
  /** Units of input, hidden layers and output; of `mlp`, which needs them. */
  readonly sizes?: readonly number[];
  /** Between the layers of `mlp`. */
  readonly activation?: Activation;
  /** Outputs of all others. */
  readonly classes?: number;
  /** 0 … 2^32 − 1; the same seed gives the same bytes. */
  readonly seed?: number;
}

/** Weights of one layer. Against sizes that no memory holds. */
const MOST_WEIGHTS = 2 ** 28;
const MOST_LAYERS = 100;
const MOST_CLASSES = 65_536;

/**
 * A network with random weights, as a serialized ModelProto with the input `input` and the output `logits`, which no Softmax
 * follows. `mlp` takes [N, sizes[0]], `lenet-5` [N, 1, 28, 28], and the residual networks [N, 3, 32, 32].
 * @throws BitwrightError usage, naming the size that is not possible
 */
export function newNetwork(name: NewNetworkName, options: NewNetworkOptions = {}): Uint8Array {
  const { sizes, activation = "Relu", classes = 10, seed = 1 } = options;
  checkCount("the number of classes", classes, MOST_CLASSES);
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)) throw impossible(`the seed ${seed}`, "0 to 2^32 − 1");
  if (name !== "mlp" && sizes !== undefined) throw impossible(`sizes for ${name}`, "none: its layers are fixed");
  switch (name) {
    case "mlp":
      return perceptron(checkedSizes(sizes), activation, seed);
    case "lenet-5":
      return lenet5(classes, seed);
    case "resnet-8":
      return residualNetwork(RESNET_8, classes, seed);
    case "resnet-18":
      return residualNetwork(RESNET_18, classes, seed);
  }
}

function checkedSizes(sizes: readonly number[] = []): readonly number[] {
  if (sizes.length < 2 || sizes.length > MOST_LAYERS) {
    throw new BitwrightError(
      "usage",
      `the network mlp needs 2 to ${MOST_LAYERS} sizes, and got ${sizes.length}`,
      "Give those of input, hidden layers and output, as in 784-300-100-10",
    );
  }
  sizes.forEach((size, layer) => {
    checkCount("the size of a layer", size, MOST_WEIGHTS);
    if (layer > 0) checkCount("the number of weights of a layer", size * sizes[layer - 1], MOST_WEIGHTS);
  });
  return sizes;
}

function checkCount(what: string, count: number, most: number): void {
  if (!(Number.isInteger(count) && count >= 1 && count <= most)) throw impossible(`${what} ${count}`, `1 to ${most}`);
}

function impossible(what: string, possible: string): BitwrightError {
  return new BitwrightError("usage", `${what} cannot be`, `Give ${possible}`);
}
