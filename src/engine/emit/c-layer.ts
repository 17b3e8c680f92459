/** One layer in C, put together from its parts: codes, scales, what codes refer to, decoders and biases. */
import type { CArray } from "./c-array";
import { codeArray, codeMacros } from "./c-codes";
import { codeValueArrays, codeValueMacros } from "./c-code-values";
import { weightDecoders } from "./c-decoders";
import { alignedDefines, macroInteger } from "./c-format";
import type { CFunction } from "./c-function";
import { groupMacros } from "./c-groups";
import { scaleArrays, scaleMacros, scaleText } from "./c-scales";
import { blockComment, commentText } from "./comments";
import type { QuantizedLayer, WeightsEmission } from "./emission";
import { hasScaleArrays } from "./flash";
import type { LayerNames } from "./layer-names";

/** A layer with its names, and those of the layer whose codes it shares. */
export interface NamedLayer {
  readonly layer: QuantizedLayer;
  readonly names: LayerNames;
  readonly shared: LayerNames | null;
}

/** Macros of a layer, under a comment that says what it is. */
export function layerDefines({ layer, names, shared }: NamedLayer, model: string, emission: WeightsEmission): string[] {
  const { quantized, bias } = layer;
  const { macros } = names;
  const defines = [
    ...codeMacros(layer, names, emission),
    ...groupMacros(quantized, names),
    ...scaleMacros(quantized, names),
    ...codeValueMacros(quantized, names),
  ];
  if (bias !== null) {
    defines.push([macros.biasCount, String(bias.codes.length)], [macros.fractionBits, macroInteger(bias.fractionBits)]);
  }
  return [
    ...blockComment([...describeLayer(layer), ...(hasScaleArrays(quantized) ? [] : [scaleText(quantized.scales[0])])]),
    ...alignedDefines(defines),
    ...(shared === null ? [] : alignedDefines(aliases(layer, names, shared, model, emission))),
  ];
}

/** Arrays that the layer itself defines. */
export function layerArrays({ layer, names, shared }: NamedLayer, emission: WeightsEmission): CArray[] {
  return [...(shared === null ? weightArrays(layer, names, emission) : []), ...biasArrays(layer, names)];
}

/** Decoders that the layer itself defines. */
export function layerFunctions(
  { layer, names, shared }: NamedLayer,
  model: string,
  emission: WeightsEmission,
): CFunction[] {
  return shared === null ? weightDecoders(layer, names, model, emission) : [];
}

/** Arrays of codes and parameters, which layers can share. */
function weightArrays(layer: QuantizedLayer, names: LayerNames, emission: WeightsEmission): CArray[] {
  const name = commentText(layer.name);
  return [
    codeArray(layer, names, emission),
    ...scaleArrays(layer.quantized, names, name),
    ...codeValueArrays(layer.quantized, names, name),
  ];
}

function biasArrays({ name, bias }: QuantizedLayer, { arrays, macros }: LayerNames): CArray[] {
  if (bias === null) return [];
  return [
    {
      type: bias.codes instanceof Int16Array ? "int16_t" : "int32_t",
      name: arrays.bias,
      count: macros.biasCount,
      comment: [`Biases of ${commentText(name)}, in units of 2^${-bias.fractionBits}.`],
      write: (text) => {
        text.integers(bias.codes);
      },
    },
  ];
}

/** What the layer has under the names of another. */
function aliases(
  layer: QuantizedLayer,
  names: LayerNames,
  shared: LayerNames,
  model: string,
  emission: WeightsEmission,
): [string, string][] {
  const [own, theirs] = [names, shared].map((all) => [
    ...weightArrays(layer, all, emission).map(({ name }) => name),
    ...weightDecoders(layer, all, model, emission).map(({ name }) => name),
  ]);
  return own.map((name, index) => [name, theirs[index]]);
}

function describeLayer({ name, op, sharedWith, fused }: QuantizedLayer): string[] {
  return [
    `${commentText(name)}: ${commentText(op)}`,
    ...(fused.length === 0 ? [] : [`Folded into it: ${fused.map((node) => commentText(node)).join(", ")}.`]),
    ...(sharedWith === null ? [] : [`Its codes and scales are those of ${commentText(sharedWith)}.`]),
  ];
}
