/** How a recipe stands, and what there is to be told of it. */
import type { BitwrightError } from "../../protocol/errors";
import type { InputDigests } from "../../runtime/input-files";

/** Values of the setting `bitwright.regenerateOnSave`. */
export const REGENERATE_MODES = ["always", "ask", "never"] as const;
export type RegenerateMode = (typeof REGENERATE_MODES)[number];

export type RecipeState =
  | { readonly kind: "unknown" }
  | { readonly kind: "current" }
  | { readonly kind: "stale" }
  | { readonly kind: "running" }
  | { readonly kind: "failed"; readonly error: BitwrightError };

/** What a successful run leaves for the next session: digests of what went in and of what came out. */
export interface RememberedRun {
  readonly inputs: InputDigests;
  readonly outputs: InputDigests;
}
