/** Candidate schemes for the layers of one model, side by side. */
import {
  COMPARISON_VERSION,
  type ComparedCell,
  type ComparedLayer,
  type Comparison,
  type ComparisonPoint,
} from "../../protocol/comparison";
import { BitwrightError } from "../../protocol/errors";
import { channelNoise, NoisePower } from "../analysis/sqnr";
import { biasBytes, layerFlashBytes, layerFloatBytes } from "../emit/flash";
import { foldBatchNormalization } from "../graph/fold-batch-normalization";
import type { Layer } from "../graph/layer";
import { findLayers } from "../graph/layers";
import { toChannelMajor } from "../graph/layout";
import type { ModelSource } from "../model-source";
import { decodeModel } from "../onnx/decode";
import type { BaseContext } from "../pipeline";
import { nonFinite, nonFiniteError } from "../quantize-layers";
import { decode } from "../schemes/decode";
import { fitScheme } from "../schemes/registry";
import { allocations } from "./allocation";
import type { Candidate } from "./candidates";
import { options, ownersOf, relativeNoise } from "./options";

/**
 * Fits every candidate to every layer. Weights only: what activations lose is not measured.
 * @throws BitwrightError as the pipeline; model-no-weights
 */
export async function compareSchemes(
  source: ModelSource,
  candidates: readonly Candidate[],
  context: Pick<BaseContext, "generatorVersion" | "progress">,
): Promise<Comparison> {
  const { model, folds } = foldBatchNormalization(decodeModel(source));
  const { layers } = findLayers(model, folds);
  if (layers.length === 0) {
    throw new BitwrightError(
      "model-no-weights",
      "the model has no weights that can be quantized",
      "Choose a trained model",
    );
  }
  const compared: ComparedLayer[] = [];
  const owners = new Map<string, ComparedLayer>();
  for (const [index, layer] of layers.entries()) {
    await context.progress?.(`Layer ${index + 1} of ${layers.length}`, index / layers.length);
    const owner = owners.get(layer.weightKey);
    const row = compareLayer(layer, candidates, owner);
    if (owner === undefined) owners.set(layer.weightKey, row);
    compared.push(row);
  }
  return {
    generator: { name: "bitwright", version: context.generatorVersion },
    version: COMPARISON_VERSION,
    model: { name: source.name, sha256: source.sha256 },
    candidates: candidates.map(({ label, settings }) => ({ label, settings: { ...settings } })),
    layers: compared,
    ...points(compared, candidates),
    weightsOnly: true,
  };
}

function compareLayer(layer: Layer, candidates: readonly Candidate[], owner: ComparedLayer | undefined): ComparedLayer {
  const biasLength = layer.bias?.length ?? 0;
  const weightCount = layer.weight.values.length;
  return {
    name: layer.name,
    op: layer.op,
    parameters: weightCount + biasLength,
    floatBytes: layerFloatBytes(weightCount, biasLength, owner !== undefined),
    sharedWith: owner?.name ?? null,
    cells:
      owner === undefined
        ? measure(layer, candidates)
        : owner.cells.map((cell) => ({ ...cell, bytes: biasBytes(biasLength) })),
  };
}

function measure(layer: Layer, candidates: readonly Candidate[]): ComparedCell[] {
  const problem = nonFinite(layer);
  if (problem !== null) throw nonFiniteError(layer, problem);
  const weights = toChannelMajor(layer.weight.values, layer.layout);
  return candidates.map(({ settings }) => {
    const quantized = fitScheme(weights, settings);
    const power = new NoisePower();
    for (const channel of channelNoise(weights, decode(quantized))) power.add(channel);
    return { ...power.sqnr(), bytes: layerFlashBytes(quantized, layer.bias?.length ?? 0, false) };
  });
}

function points(
  layers: readonly ComparedLayer[],
  candidates: readonly Candidate[],
): Pick<Comparison, "uniform" | "mixed"> {
  const own = ownersOf({ layers });
  const fixedBytes = sum(
    layers.filter(({ sharedWith }) => sharedWith !== null).map(({ cells }) => cells[0]?.bytes ?? 0),
  );
  const uniform = candidates.map(({ label }, index) => ({
    label,
    bytes: fixedBytes + sum(own.map(({ cells }) => cells[index].bytes)),
    noise: sum(own.map(({ cells }) => relativeNoise(cells[index]))) / own.length,
  }));
  const mixed = allocations(own.map(({ cells }) => options(cells))).map(({ bytes, noise }) => ({
    label: "mixed",
    bytes: fixedBytes + bytes,
    noise,
  }));
  const all = [...uniform, ...mixed];
  const finish = ({ label, bytes, noise }: (typeof all)[number]): ComparisonPoint => ({
    label,
    bytes,
    sqnrDb: noise === 0 ? null : -10 * Math.log10(noise),
    pareto: !all.some(
      (other) => other.bytes <= bytes && other.noise <= noise && (other.bytes < bytes || other.noise < noise),
    ),
  });
  return { uniform: uniform.map(finish), mixed: mixed.map(finish) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
