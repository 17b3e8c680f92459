/** One layer in C: its macros, declarations, arrays and assertions. */
import { toOnnxOrder } from "../graph/layout";
import { codeBytes } from "../schemes/codes";
import { alignedDefines, macroInteger, numberText, shapeText, sqnrText } from "./c-format";
import type { CText } from "./c-text";
import { blockComment, commentText } from "./comments";
import type { QuantizedLayer, WeightsEmission } from "./emission";
import { fixedPointScale, type FixedPointScale } from "./fixed-point";
import { hasScaleArrays } from "./flash";
import { dimensionLabels, type LayerNames } from "./layer-names";

/** Elements on a line of an array of multipliers, so that their qf fit beside them. */
const MULTIPLIERS_PER_LINE = 3;

/** A layer with its names, and those of the layer whose codes it shares. */
export interface NamedLayer {
  readonly layer: QuantizedLayer;
  readonly names: LayerNames;
  readonly shared: LayerNames | null;
}

/** Macros of a layer, under a comment that says what it is. */
export function layerDefines(named: NamedLayer, order: WeightsEmission["order"]): string[] {
  const { layer, names, shared } = named;
  const { quantized, bias } = layer;
  const { macros } = names;
  const scaleArrays = hasScaleArrays(quantized);
  const scale = fixedPointScale(quantized.scales[0]);
  const { dims } = storedOrder(layer, order);
  const defines: [string, string][] = [
    ...dimensionMacros(named, order).map((name, axis): [string, string] => [name, String(dims[axis])]),
    [macros.weightCount, String(quantized.codes.length)],
    [macros.bits, String(quantized.bits)],
  ];
  if (scaleArrays) {
    defines.push([macros.scaleCount, String(quantized.scales.length)]);
  } else {
    defines.push([macros.multiplier, String(scale.multiplier)], [macros.shift, macroInteger(scale.shift)]);
  }
  if (bias !== null) {
    defines.push([macros.biasCount, String(bias.codes.length)], [macros.fractionBits, macroInteger(bias.fractionBits)]);
  }
  return [
    ...blockComment([...describeLayer(layer), ...(scaleArrays ? [] : [scaleText(quantized.scales[0])])]),
    ...alignedDefines(defines),
    ...(shared === null ? [] : sharedDefines(layer, names, shared)),
  ];
}

/** Declarations of the layer's own arrays, for a header that goes with a source file. */
export function layerDeclarations(named: NamedLayer, order: WeightsEmission["order"]): string[] {
  const { layer, names, shared } = named;
  const { arrays, macros } = names;
  const lines: string[] = [];
  if (shared === null) {
    lines.push("", ...blockComment(describeWeights(layer, order)));
    lines.push(declaration(codeType(layer), arrays.weights, macros.weightCount));
    if (hasScaleArrays(layer.quantized)) {
      lines.push(declaration("int32_t", arrays.multipliers, macros.scaleCount));
      lines.push(declaration("int32_t", arrays.shifts, macros.scaleCount));
    }
  }
  if (layer.bias !== null) lines.push(declaration("int32_t", arrays.bias, macros.biasCount));
  return lines;
}

function declaration(type: string, name: string, count: string): string {
  return `extern const ${type} ${name}[${count}];`;
}

/**
 * Definitions of the layer's own arrays, each under a comment.
 * @param storage what stands before the type, for example `const`
 */
export function writeArrays(
  text: CText,
  { layer, names, shared }: NamedLayer,
  storage: readonly string[],
  order: WeightsEmission["order"],
): void {
  const { arrays, macros } = names;
  const define = (type: string, name: string, count: string, write: () => void) => {
    text.lines(...storage.slice(0, -1), `${storage.at(-1) ?? ""} ${type} ${name}[${count}] = {`);
    write();
    text.lines("};", "");
  };
  if (shared === null) {
    const { quantized } = layer;
    const codes = order === "onnx" ? toOnnxOrder(quantized.codes, layer.layout) : quantized.codes;
    text.lines(...blockComment(describeWeights(layer, order)));
    define(codeType(layer), arrays.weights, macros.weightCount, () => {
      text.integers(codes);
    });
    if (hasScaleArrays(quantized)) {
      const { multipliers, shifts } = scaleArrays(quantized.scales);
      text.lines(
        ...blockComment([`Multipliers of the scales of ${commentText(layer.name)}, Q31, one per output channel.`]),
      );
      define("int32_t", arrays.multipliers, macros.scaleCount, () => {
        text.integers(multipliers, MULTIPLIERS_PER_LINE, (start, end) => {
          return `qf ${Array.from(quantized.scales.subarray(start, end), (scale) => numberText(1 / scale)).join(", ")}`;
        });
      });
      text.lines(...blockComment([`Shifts of the scales of ${commentText(layer.name)}, positive to the left.`]));
      define("int32_t", arrays.shifts, macros.scaleCount, () => {
        text.integers(shifts);
      });
    }
  }
  if (layer.bias !== null) {
    const { codes, fractionBits } = layer.bias;
    text.lines(...blockComment([`Biases of ${commentText(layer.name)}, in units of 2^${-fractionBits}.`]));
    define("int32_t", arrays.bias, macros.biasCount, () => {
      text.integers(codes);
    });
  }
}

/** Names of the arrays that the layer itself defines. */
export function definedArrays({ layer, names, shared }: NamedLayer): string[] {
  const { weights, multipliers, shifts, bias } = names.arrays;
  return [
    ...(shared === null ? [weights] : []),
    ...(shared === null && hasScaleArrays(layer.quantized) ? [multipliers, shifts] : []),
    ...(layer.bias === null ? [] : [bias]),
  ];
}

/** The size of the array of codes as a product, and what it must equal. */
export function sizeEquation(
  named: NamedLayer,
  order: WeightsEmission["order"],
): [factors: string[], operator: "*", total: string] {
  const factors = [`sizeof(${codeType(named.layer)})`, ...dimensionMacros(named, order)];
  return [factors, "*", `sizeof(${named.names.arrays.weights})`];
}

function sharedDefines(layer: QuantizedLayer, names: LayerNames, shared: LayerNames): string[] {
  const aliases: [string, string][] = [[names.arrays.weights, shared.arrays.weights]];
  if (hasScaleArrays(layer.quantized)) {
    aliases.push([names.arrays.multipliers, shared.arrays.multipliers], [names.arrays.shifts, shared.arrays.shifts]);
  }
  return alignedDefines(aliases);
}

/** Name and dimensions of the order in which the codes are written. */
function storedOrder(layer: QuantizedLayer, order: WeightsEmission["order"]) {
  const { layout, weightShape } = layer;
  return order === "onnx"
    ? { name: layout.onnxName, dims: weightShape }
    : { name: layout.name, dims: layout.storedDims };
}

/** Macros of the dimensions, outermost first. */
function dimensionMacros({ layer, names }: NamedLayer, order: WeightsEmission["order"]): string[] {
  const { name, dims } = storedOrder(layer, order);
  return dimensionLabels(name, dims.length).map((label) => names.dimension(label));
}

function describeLayer(layer: QuantizedLayer): string[] {
  const { name, op, sharedWith, fused } = layer;
  return [
    `${commentText(name)}: ${commentText(op)}`,
    ...(fused.length === 0 ? [] : [`Folded into it: ${fused.map((node) => commentText(node)).join(", ")}.`]),
    ...(sharedWith === null ? [] : [`Its codes and scales are those of ${commentText(sharedWith)}.`]),
  ];
}

function describeWeights(layer: QuantizedLayer, order: WeightsEmission["order"]): string[] {
  const { name, weightName, weightShape, quantized, figures } = layer;
  const stored = storedOrder(layer, order);
  return [
    `Weights of ${commentText(name)}, ONNX tensor "${commentText(weightName)}" ${shapeText(weightShape)}.`,
    `${commentText(stored.name)} ${shapeText(stored.dims)}, ${quantized.bits} bits, range ${numberText(figures.min)} to ` +
      `${numberText(figures.max)}, SQNR ${sqnrText(figures)}.`,
  ];
}

function scaleText(scale: number): string {
  return `One scale, ${numberText(scale)}; qf ${numberText(1 / scale)}.`;
}

function scaleArrays(scales: Float64Array): { multipliers: Int32Array; shifts: Int32Array } {
  const fixed: FixedPointScale[] = Array.from(scales, fixedPointScale);
  return {
    multipliers: Int32Array.from(fixed, ({ multiplier }) => multiplier),
    shifts: Int32Array.from(fixed, ({ shift }) => shift),
  };
}

function codeType({ quantized }: QuantizedLayer): string {
  return `int${8 * codeBytes(quantized.codeMin, quantized.codeMax)}_t`;
}
