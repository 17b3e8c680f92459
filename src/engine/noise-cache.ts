/** Noise figures that were measured before: the same model, data and settings are not measured twice. */
import { TensorProto_DataLocation as DataLocation } from "onnx-buf";
import * as z from "zod";
import { layerNoiseSchema, modelNoiseSchema } from "../protocol/noise";
import { canonicalJson } from "./emit/canonical-json";
import type { NoiseFigures } from "./measure";
import type { OnnxModel } from "./onnx/model";
import type { Recipe } from "./recipe";

/** Where results are kept between runs. Both calls may fail silently: a cache is never needed. */
export interface ResultCache {
  /** What was written under the key, not yet checked; undefined where there is nothing. */
  read(key: string): unknown;
  write(key: string, value: unknown): void;
}

/** Everything that decides over the figures. */
export interface NoiseInputs {
  readonly generatorVersion: string;
  /** Name and version of the inference runtime. */
  readonly runtime: string;
  /** As the file has it. */
  readonly model: OnnxModel;
  /** Over the bytes of all samples and labels. */
  readonly dataDigest: string;
  readonly recipe: Recipe;
  readonly sensitivity: boolean;
}

const figuresSchema = z.strictObject({
  layers: z.array(z.tuple([z.string(), layerNoiseSchema])),
  model: modelNoiseSchema,
});

/**
 * A key that differs wherever anything differs that the figures depend on: the model's bytes and those of its external files,
 * the data, the recipe but for what is written where, and the versions.
 * @param sha256 SHA-256 of bytes, in hexadecimal
 */
export function noiseKey(inputs: NoiseInputs, sha256: (bytes: Uint8Array) => string): string {
  const { model, recipe, ...others } = inputs;
  const settings = { ...recipe, model: null, output: null };
  const files = externalLocations(model).map((location) => sha256(model.source.readExternal(location, 0, undefined)));
  const description = { ...others, model: model.source.sha256, files, settings };
  return sha256(new TextEncoder().encode(canonicalJson(description)));
}

/** The figures kept under the key, or those that `measure` makes, which are then kept. */
export async function cachedNoise(
  cache: ResultCache | undefined,
  key: string,
  measure: () => Promise<NoiseFigures>,
): Promise<NoiseFigures> {
  const known = figuresSchema.safeParse(cache?.read(key));
  if (known.success) return { layers: new Map(known.data.layers), model: known.data.model };
  const figures = await measure();
  cache?.write(key, { layers: [...figures.layers], model: figures.model });
  return figures;
}

/** Files beside the model that hold its constants. */
function externalLocations({ graph }: OnnxModel): string[] {
  const locations = graph.initializer
    .filter(({ dataLocation }) => dataLocation === DataLocation.EXTERNAL)
    .flatMap(({ externalData }) => externalData.filter(({ key }) => key === "location").map(({ value }) => value));
  return [...new Set(locations)].sort();
}
