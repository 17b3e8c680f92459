/**
 * What the panel that compares equalizations and the extension say to each other. Variants and outcomes are named by their
 * index in the comparison.
 *
 * The page's messages are hostile: the extension checks them with `fromEqualizationPageSchema`.
 */
import * as z from "zod";
import type { EqualizationComparison } from "./equalization-comparison";
import { MAX_EXPORT_LENGTH } from "./webview";

/** Extension → page. */
export type ToEqualizationPage =
  | {
      readonly kind: "comparison";
      readonly comparison: EqualizationComparison;
      /** False in an untrusted workspace: nothing is written there. */
      readonly canWrite: boolean;
    }
  /** The comparison is gone. */
  | { readonly kind: "empty" };

const index = z.int().min(0);

/** Page → extension. */
export const fromEqualizationPageSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ready") }),
  z.strictObject({ kind: z.literal("compare") }),
  z.strictObject({ kind: z.literal("quantize"), variant: index, outcome: index }),
  z.strictObject({ kind: z.literal("export-csv"), text: z.string().max(MAX_EXPORT_LENGTH) }),
  z.strictObject({ kind: z.literal("export-png"), base64: z.base64().max(MAX_EXPORT_LENGTH) }),
]);

export type FromEqualizationPage = z.infer<typeof fromEqualizationPageSchema>;
