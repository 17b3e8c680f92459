/**
 * What the comparison panel and the extension say to each other. The extension holds the choice and computes what it comes to;
 * the page shows it and says what the user wants. Layers and candidates are named by their index in the comparison.
 *
 * The page's messages are hostile: the extension checks them with `fromComparisonPageSchema`.
 */
import * as z from "zod";
import type { Comparison } from "./comparison";

/** A candidate for every layer, and what that comes to. */
export interface ChosenMixture {
  /** Index among the candidates, one a layer; a layer that shares weights has the candidate of their owner. */
  readonly candidates: readonly number[];
  /** Flash of the whole model. */
  readonly bytes: number;
  /** Over all weights, every layer counting the same; null where exact. */
  readonly sqnrDb: number | null;
  /** Of the layer that loses most; null where every layer is exact. */
  readonly lowestSqnrDb: number | null;
}

/** Extension → page. */
export type ToComparisonPage =
  | {
      readonly kind: "comparison";
      readonly comparison: Comparison;
      readonly chosen: ChosenMixture;
      /** False in an untrusted workspace: nothing is written there. */
      readonly canWrite: boolean;
    }
  | { readonly kind: "chosen"; readonly chosen: ChosenMixture }
  /** No mixture fits the budget; the choice stays. */
  | { readonly kind: "budget-refused"; readonly message: string }
  /** The comparison is gone. */
  | { readonly kind: "empty" };

const index = z.int().min(0);

/** Most layers that a saved choice may be of. */
const MAX_LAYERS = 100_000;

/** What the page saves: the choice, by which a reloaded window goes on; how layers are sorted is the page's own to read. */
export const savedChoiceSchema = z.looseObject({
  sha256: z.string().describe("Of the model that was compared"),
  chosen: z.array(index).max(MAX_LAYERS).describe("Candidates, one a layer"),
});

/** Page → extension. */
export const fromComparisonPageSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ready") }),
  z.strictObject({ kind: z.literal("choose"), layer: index, candidate: index }),
  z.strictObject({ kind: z.literal("choose-for-all"), candidate: index }),
  z.strictObject({ kind: z.literal("suggest"), budget: index.describe("Bytes of flash") }),
  z.strictObject({ kind: z.literal("compare") }),
  z.strictObject({ kind: z.literal("save-recipe") }),
  z.strictObject({ kind: z.literal("quantize") }),
]);

export type FromComparisonPage = z.infer<typeof fromComparisonPageSchema>;
