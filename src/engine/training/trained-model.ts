/** What a run leaves: an ordinary model whose weights are those that its codes stand for, and the recipe that finds the codes again. */
import { withOrigin } from "../emit/qdq/metadata";
import { toChannelMajor, toOnnxOrder } from "../graph/layout";
import { makeFloatTensor } from "../onnx/build";
import { encodeModel } from "../onnx/encode";
import { inlineExternal } from "../onnx/inline-external";
import { BitwrightError } from "../../protocol/errors";
import type { PreparedModel } from "../prepare";
import type { Recipe } from "../recipe";
import { decode } from "../schemes/decode";
import { parametersOf } from "../schemes/given-parameters";
import { fitScheme } from "../schemes/registry";
import type { QuantizedWeights, SchemeSettings } from "../schemes/scheme";
import { ModelRewriter } from "../transforms/layer-edits";
import { withKeptNames } from "./kept-names";
import type { NetworkParts } from "./network";
import type { TiedLayers } from "./tied-layers";

export interface TrainedModel {
  /** A serialized ModelProto that needs no other files. */
  readonly bytes: Uint8Array;
  /** The recipe of the run with what training found; its calibration data are still named as there. */
  readonly recipe: Recipe;
}

/** The weights of tied layers as they are written. */
interface Settled {
  readonly tied: TiedLayers;
  /** Channel-major. */
  readonly values: Float32Array;
  /** What the scheme must be given to find the codes of these weights; undefined where it finds them itself. */
  readonly parameters: readonly number[] | undefined;
}

/**
 * Writes the network as it is. Quantizing the model by the recipe gives exactly the codes that were trained, which is checked.
 * @param generatorVersion written into the model
 * @throws BitwrightError internal where it does not
 */
export function trainedModel(
  prepared: PreparedModel,
  recipe: Recipe,
  network: NetworkParts,
  generatorVersion: string,
): TrainedModel {
  const settled = [
    ...network.weights.map((weights) => {
      const codes = weights.codes();
      return codes === null ? inFloat(weights.tied, weights.masters) : settle(weights.tied, codes);
    }),
    ...network.frozen.map((tied) => {
      const { settings, layers } = tied;
      const weights = toChannelMajor(layers[0].weight.values, layers[0].layout);
      return settings === null ? inFloat(tied, weights.values) : settle(tied, fitScheme(weights, settings));
    }),
  ];
  const biases = new Map(network.biases.map(({ layer, fed }) => [layer.name, fed]));
  const rewriter = new ModelRewriter(prepared.model);
  for (const { tied, values } of settled) {
    const weights = toOnnxOrder(values, tied.layers[0].layout);
    for (const layer of tied.layers) rewriter.change({ layer, weights, bias: biases.get(layer.name) });
  }
  const model = rewriter.finish();
  const graph = withKeptNames(model.graph, prepared.model.graph);
  const { parameters, statistics } = network.normalizations;
  const normalizations = new Map([...parameters, ...statistics].map(({ name, values }) => [name, values]));
  graph.initializer = inlineExternal(graph.initializer, model.source).map((tensor) => {
    const values = normalizations.get(tensor.name);
    return values === undefined ? tensor : makeFloatTensor(tensor.name, [values.length], values);
  });
  const proto = withOrigin(model.proto, generatorVersion, {});
  proto.graph = graph;
  return { bytes: encodeModel({ ...model, proto, graph }), recipe: trainedRecipe(recipe, settled, network) };
}

function inFloat(tied: TiedLayers, values: Float32Array): Settled {
  return { tied, values, parameters: undefined };
}

/** Rounding to float32 may move a scale by its last bit, and with it the weights; that settles at once or after a round. */
const ROUNDS = 4;

function settle(tied: TiedLayers, trained: QuantizedWeights): Settled {
  const { settings, layers } = tied;
  const { channels, perChannel } = layers[0].layout;
  const fitted = (values: Float32Array, given: Partial<SchemeSettings>): QuantizedWeights =>
    fitScheme({ values, channels, perChannel }, { ...settings!, ...given });
  let values = decode(trained);
  if (equal(decode(fitted(values, {})), values)) return { tied, values, parameters: undefined };
  let parameters = parametersOf(trained);
  for (let round = 0; round < ROUNDS; round++) {
    const again = fitted(values, { parameters });
    const decoded = decode(again);
    if (equal(decoded, values)) return { tied, values, parameters };
    values = decoded;
    parameters = parametersOf(again);
  }
  throw new BitwrightError("internal", "the trained codes are not found again", "Please report it with the recipe", {
    layer: layers[0].name,
  });
}

function equal(a: Float32Array, b: Float32Array): boolean {
  return a.every((value, i) => value === b[i]);
}

function trainedRecipe(recipe: Recipe, settled: readonly Settled[], { activations }: NetworkParts): Recipe {
  const rules = settled.flatMap(({ tied, parameters }) =>
    parameters === undefined
      ? []
      : tied.layers.map(({ name }): [string, { parameters: number[] }] => [name, { parameters: [...parameters] }]),
  );
  const layers: Recipe["layers"] = { ...recipe.layers };
  for (const [name, rule] of rules) layers[name] = { ...layers[name], ...rule };
  if (activations === null || recipe.activations === undefined) return { ...recipe, layers };
  const ranges = Object.fromEntries(
    activations.values.map((values, group) => [values[0], activations.ranges.range(group)]),
  );
  return { ...recipe, layers, activations: { ...recipe.activations, ranges } };
}
