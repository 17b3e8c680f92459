/** Carries out a recipe's choices layer by layer: codes, figures and bytes. */
import { BitwrightError, shownName } from "../protocol/errors";
import type { LayerReport, WeightFigures } from "../protocol/report";
import { NoisePower } from "./analysis/sqnr";
import { weightFigures } from "./analysis/weight-figures";
import type { Packing } from "./emit/code-storage";
import type { QuantizedLayer, WeightsEmission } from "./emit/emission";
import { fixedPointBias, type BiasBits } from "./emit/fixed-point";
import { layerFlashBytes, layerFloatBytes } from "./emit/flash";
import type { Layer, Unquantizable } from "./graph/layer";
import { storedOrder, toChannelMajor } from "./graph/layout";
import type { LayerChoice } from "./recipe";
import { fitScheme } from "./schemes/registry";
import type { QuantizedWeights, SchemeSettings } from "./schemes/scheme";

/** One layer after its choice: what the report says, and what is emitted if it has codes. */
export interface LayerOutcome {
  readonly report: LayerReport;
  /** Null where the layer stays float. */
  readonly emitted: QuantizedLayer | null;
}

/** A layer's codes and figures, kept for later layers that share its weights and settings. */
interface Owner {
  readonly name: string;
  readonly quantized: QuantizedWeights | null;
  readonly figures: WeightFigures;
}

export interface LayerQuantizerOptions {
  /** Of the whole model, for each layer's share. */
  readonly modelParameters: number;
  /** How codes are stored, for the bytes that they take. */
  readonly packing: Packing;
  /** Order of the codes: in that of the model, equal weights have equal codes only where their layouts are equal too. */
  readonly order: WeightsEmission["order"];
  readonly biasBits: BiasBits;
  /** The last word on the codes of a layer, before they are measured. */
  readonly adjust: (layer: Layer, quantized: QuantizedWeights) => QuantizedWeights;
}

/** Quantizes the layers of one model; weights that several layers share are quantized once. */
export class LayerQuantizer {
  /** Over all weights so far, shared ones once. */
  readonly noise = new NoisePower();
  private readonly owners = new Map<string, Owner>();

  constructor(private readonly options: LayerQuantizerOptions) {}

  /**
   * @param layer with finite weights and biases: see {@link nonFinite}
   * @param choice codes with these settings, or float as it is
   */
  quantize(layer: Layer, choice: LayerChoice): LayerOutcome {
    const settings = choice.keep === "codes" ? choice.settings : null;
    const { owner, isFirst } = this.ownerOf(layer, settings);
    const { quantized, figures } = owner;
    const sharedWith = isFirst ? null : owner.name;
    const biasLength = layer.bias?.length ?? 0;
    const weightCount = layer.weight.values.length;
    const bias = quantized === null || layer.bias === null ? null : fixedPointBias(layer.bias, this.options.biasBits);
    const floatBytes = layerFloatBytes(weightCount, biasLength, !isFirst);
    const report: LayerReport = {
      name: layer.name,
      op: layer.op,
      node: layer.nodeName,
      weightName: layer.weightName,
      weightShape: [...layer.weight.dims],
      layout: layer.layout.name,
      storedShape: [...layer.layout.storedDims],
      parameters: weightCount + biasLength,
      share: Math.min(1, (weightCount + biasLength) / Math.max(1, this.options.modelParameters)),
      scheme: settings?.scheme ?? "float",
      bits: settings?.bits ?? 32,
      granularity: settings?.granularity ?? "tensor",
      settings: settings === null ? null : { ...settings },
      weights: figures,
      ...(quantized === null ? {} : { scales: scaleFigures(quantized.scales) }),
      bias: layer.bias && {
        length: biasLength,
        absMax: layer.bias.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
        fractionBits: bias?.fractionBits ?? null,
      },
      bytes:
        quantized === null
          ? floatBytes
          : layerFlashBytes(quantized, biasLength, !isFirst, this.options.packing, this.options.biasBits),
      floatBytes,
      sharedWith,
      fused: [...layer.fused],
      noise: null,
    };
    if (quantized === null || settings === null) return { report, emitted: null };
    const { scheme } = settings;
    const { name, op, weightName, layout, fused } = layer;
    const weightShape = layer.weight.dims;
    return {
      report,
      emitted: { name, op, weightName, weightShape, layout, scheme, quantized, figures, bias, sharedWith, fused },
    };
  }

  private ownerOf(layer: Layer, settings: SchemeSettings | null): { owner: Owner; isFirst: boolean } {
    const key = JSON.stringify([layer.weightKey, settings, this.options.order === "onnx" && storedOrder(layer.layout)]);
    const known = this.owners.get(key);
    if (known !== undefined) return { owner: known, isFirst: false };
    const weights = toChannelMajor(layer.weight.values, layer.layout);
    const quantized = settings === null ? null : this.options.adjust(layer, fitScheme(weights, settings));
    const owner = { name: layer.name, quantized, figures: weightFigures(weights, quantized, this.noise) };
    this.owners.set(key, owner);
    return { owner, isFirst: true };
  }
}

/** NaN or Infinity in the weights or biases of a layer. */
export interface NonFinite {
  readonly field: string;
  readonly problem: string;
  /** Both as a sentence. */
  readonly reason: string;
}

/** What is wrong with a layer whose weights or biases hold NaN or Infinity; null where all are finite. */
export function nonFinite(layer: Layer): NonFinite | null {
  for (const [field, values] of [
    [`weights "${shownName(layer.weightName)}"`, layer.weight.values],
    ["bias", layer.bias ?? new Float32Array()],
  ] as const) {
    const bad = nonFiniteCount(values);
    if (bad === 0) continue;
    const are = bad === 1 ? "is" : "are";
    return {
      field,
      problem: `${bad} of ${values.length} values ${are} NaN or Infinity`,
      reason: `Of the ${values.length} values of its ${field}, ${bad} ${are} NaN or Infinity.`,
    };
  }
  return null;
}

/** Of values that many layers may share, so that they are counted once. */
const nonFiniteCounts = new WeakMap<Float32Array, number>();

function nonFiniteCount(values: Float32Array): number {
  const known = nonFiniteCounts.get(values);
  if (known !== undefined) return known;
  let count = 0;
  for (let index = 0; index < values.length; index++) if (!Number.isFinite(values[index])) count++;
  nonFiniteCounts.set(values, count);
  return count;
}

/** The error for a layer that is to have codes and cannot. */
export function nonFiniteError(layer: Layer, { field, problem }: NonFinite): BitwrightError {
  return new BitwrightError("weight-not-finite", problem, "Train or export the model again, or keep the layer float", {
    layer: layer.name,
    field,
  });
}

/** The entry for a layer that stays as it is. */
export function leftFloat(layer: Layer, reason: string): Unquantizable {
  const parameters = layer.weight.values.length + (layer.bias?.length ?? 0);
  return { name: layer.name, op: layer.op, parameters, reason };
}

function scaleFigures(scales: Float64Array): NonNullable<LayerReport["scales"]> {
  let [min, max] = [Infinity, 0];
  for (const scale of scales) {
    min = Math.min(min, scale);
    max = Math.max(max, scale);
  }
  return { count: scales.length, min, max };
}
