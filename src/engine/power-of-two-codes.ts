/** Which tensors a recipe gives a power of two as their one scale. */
import type { Layer } from "./graph/layer";
import { choiceFor, type Recipe } from "./recipe";
import type { PowerOfTwoCodes } from "./transforms/power-of-two-units";

/** @returns null where there are none */
export function powerOfTwoCodes(recipe: Recipe, layers: readonly Layer[]): PowerOfTwoCodes | null {
  const weights = new Map<string, number>();
  for (const layer of layers) {
    const choice = choiceFor(recipe, layer);
    if (choice.keep === "float" || choice.settings.scheme !== "pow2" || choice.settings.granularity !== "tensor")
      continue;
    weights.set(layer.name, largestCode(choice.settings.bits));
  }
  const { activations } = recipe;
  const largestActivation = activations?.scheme === "pow2" ? largestCode(activations.bits) : null;
  return weights.size === 0 && largestActivation === null ? null : { weights, activations: largestActivation };
}

function largestCode(bits: number): number {
  return 2 ** (bits - 1) - 1;
}
