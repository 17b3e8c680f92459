/**
 * Integer decoders in C: for every layer the function from output channel and position within it to the integer weight,
 * and once a file the helpers that they need.
 */
import type { WeightLayout } from "../graph/layout";
import { bitPatternOf } from "../schemes/bit-patterns";
import type { QuantizedWeights } from "../schemes/scheme";
import type { CFunction } from "./c-function";
import { groupExpression, groupFunctions } from "./c-groups";
import { HELPERS, type HelperId } from "./c-helpers";
import { isOnnxOrder, positionFunction } from "./c-position";
import { storedScalesOf } from "./c-scales";
import { isPacked, packingOf, type Packing } from "./code-storage";
import type { QuantizedLayer, WeightsEmission } from "./emission";
import type { LayerNames } from "./layer-names";

/** How one layer is stored, and how its helpers are called. */
interface Context {
  readonly quantized: QuantizedWeights;
  readonly names: LayerNames;
  readonly packed: boolean;
  readonly call: (id: HelperId, ...parameters: readonly string[]) => string;
}

/** Helpers that the decoders and scales of the emission's layers need. */
export function decoderHelpers(model: string, emission: WeightsEmission): CFunction[] {
  const packing = packingOf(emission);
  const needed = new Set(emission.layers.flatMap(({ quantized }) => helpersOf(quantized, packing)));
  return HELPERS.filter(({ id }) => needed.has(id)).map(({ id, ...helper }) => ({
    ...helper,
    name: helperName(model, id),
  }));
}

/** Functions of one layer that has arrays of its own; the last one gives its integer weights. */
export function weightDecoders(
  { quantized, layout }: QuantizedLayer,
  names: LayerNames,
  model: string,
  emission: Pick<WeightsEmission, "order" | "packing">,
): CFunction[] {
  const permuted = isPermuted(layout, emission);
  const context: Context = {
    quantized,
    names,
    packed: isPacked(quantized, packingOf(emission)),
    call: (id, ...parameters) => `${helperName(model, id)}(${parameters.join(", ")})`,
  };
  return [
    ...(permuted ? [positionFunction(layout, names)] : []),
    ...groupFunctions(quantized, names),
    {
      result: "int32_t",
      name: names.functions.weight,
      parameters: "uint32_t channel, uint32_t index",
      body: [...elementStatements(context, permuted), "", `return ${integerText(context)};`],
    },
  ];
}

function helpersOf(quantized: QuantizedWeights, packing: Packing): HelperId[] {
  const packed = isPacked(quantized, packing);
  const pattern = bitPatternOf(quantized);
  return [
    ...(packed ? (["packed_pattern"] as const) : []),
    ...(packed && pattern === "twos-complement" ? (["signed_code"] as const) : []),
    ...(pattern === "without-zero" ? (["code_without_zero"] as const) : []),
    ...(quantized.kind === "log2" ? (["power_of_two"] as const) : []),
    ...(storedScalesOf(quantized).format === "half" ? (["half_mantissa", "half_exponent"] as const) : []),
  ];
}

function helperName(model: string, id: HelperId): string {
  return `${model}_${id}`;
}

function isPermuted(layout: WeightLayout, { order }: Pick<WeightsEmission, "order">): boolean {
  return order === "onnx" && !isOnnxOrder(layout);
}

/** Declares `pattern`, where codes are packed, or the `position` of the element. */
function elementStatements({ names, packed, call }: Context, permuted: boolean): string[] {
  const { arrays, functions, macros } = names;
  if (packed) {
    return [
      `const uint8_t *packed = ${arrays.weights} + channel * ${macros.channelBytes};`,
      `const uint32_t pattern = ${call("packed_pattern", "packed", "index", macros.bits)};`,
    ];
  }
  const position = permuted ? `${functions.position}(channel, index)` : `channel * ${macros.channelWeights} + index`;
  return [`const uint32_t position = ${position};`];
}

/** C expression of the integer weight, in what {@link elementStatements} declares and the parameters. */
function integerText({ quantized, names, packed, call }: Context): string {
  const { arrays, macros } = names;
  const element = packed ? "pattern" : `${arrays.weights}[position]`;
  const signed = packed ? call("signed_code", element, macros.bits) : element;
  const group = groupExpression(quantized, names);
  switch (quantized.kind) {
    case "ceil":
      return call("code_without_zero", element, macros.bits);
    case "log2":
      return call("power_of_two", signed);
    case "codebook":
      return `${arrays.palette}[${group === null ? element : `(${group} << ${macros.bits}) + ${element}`}]`;
    case "uniform":
      if (quantized.zeroPoints === null) return signed;
      return `(int32_t)${element} - ${group === null ? macros.zeroPoint : `${arrays.zeroPoints}[${group}]`}`;
  }
}
