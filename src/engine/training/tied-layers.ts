/** Layers that share their weights, and are trained as one. */
import type { Layer } from "../graph/layer";
import { toChannelMajor } from "../graph/layout";
import type { LayerChoice } from "../recipe";
import { fitScheme } from "../schemes/registry";
import type { QuantizedWeights, SchemeSettings } from "../schemes/scheme";

/** Layers that hold the same weights with the same settings, and are trained as one. */
export interface TiedLayers {
  readonly layers: readonly Layer[];
  /** Null keeps the weights in float. */
  readonly settings: SchemeSettings | null;
}

/** Layers with the same weights and settings together, in the order of the graph. */
export function tiedLayers(layers: readonly Layer[], choose: (layer: Layer) => LayerChoice): TiedLayers[] {
  const groups = new Map<string, { layers: Layer[]; settings: SchemeSettings | null }>();
  for (const layer of layers) {
    const choice = choose(layer);
    const settings = choice.keep === "codes" ? choice.settings : null;
    const key = JSON.stringify([layer.weightKey, layer.layout.onnxName, settings]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { layers: [layer], settings });
    else group.layers.push(layer);
  }
  return [...groups.values()];
}

/** The codes of weights that are not trained; null where they stay in float. */
export function frozenCodes({ layers: [layer], settings }: TiedLayers): QuantizedWeights | null {
  return settings === null ? null : fitScheme(toChannelMajor(layer.weight.values, layer.layout), settings);
}
