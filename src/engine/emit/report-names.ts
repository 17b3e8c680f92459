/** The C names of a report's layers: how one gets from a generated file to the layer, and back. */
import type { Report } from "../../protocol/report";
import { outputBaseName, parseRecipe } from "../recipe";
import { commentText } from "./comments";
import { layerNames, modelIdentifier, type LayerNames } from "./layer-names";

/**
 * Names in the weights' files, one entry a layer of the report; null for those that have no codes.
 * @throws BitwrightError recipe-invalid, where the report's recipe is none of this version
 */
export function namesInReport({
  recipe,
  model,
  layers,
}: Pick<Report, "recipe" | "model" | "layers">): (LayerNames | null)[] {
  if (recipe === null) return layers.map(() => null);
  const quantized = layers.filter(({ settings }) => settings !== null);
  const identifier = modelIdentifier(outputBaseName(parseRecipe(recipe), model.name));
  const names = new Map(layerNames(identifier, quantized).map((own, index) => [quantized[index], own]));
  return layers.map((layer) => names.get(layer) ?? null);
}

/** Start of the comment that heads a layer of that name in a file of integer inference. */
export function sectionOpening(name: string): string {
  return `/* ${commentText(name)}: `;
}
