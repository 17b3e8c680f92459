/** How the recipes of a workspace stand, taken together. Knows nothing of VS Code. */
import type { RecipeState } from "../regenerate/recipe-state";

export type OverallState = RecipeState["kind"];

/** What matters most comes first. */
const BY_URGENCY: readonly OverallState[] = ["running", "failed", "stale", "unknown", "current"];

/**
 * The most urgent state of any recipe.
 * @param broken there are recipe files that cannot be read
 * @returns null where there is nothing to tell
 */
export function overallState(states: readonly RecipeState[], broken: boolean): OverallState | null {
  const kinds = new Set([...states.map(({ kind }) => kind), ...(broken ? (["failed"] as const) : [])]);
  return BY_URGENCY.find((kind) => kinds.has(kind)) ?? null;
}
