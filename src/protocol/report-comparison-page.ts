/**
 * What the panel that compares two reports and the extension say to each other, and which state the page saves.
 *
 * The page's messages and its saved state are hostile: the extension checks them with the schemas below.
 */
import * as z from "zod";
import type { ReportDifference } from "./report-difference";

const reportSource = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("run"), id: z.int().min(1).describe("Of a quantization that the workspace keeps") }),
  z.strictObject({ kind: z.literal("file"), uri: z.string().max(4_096) }),
]);

const sources = z.strictObject({ before: reportSource, after: reportSource });

/** Where a report is: never the report itself. */
export type ReportSource = z.infer<typeof reportSource>;
export type ComparedSources = z.infer<typeof sources>;

/** What a reloaded window finds the comparison by; the page's own choices beside it are the page's to read. */
export const savedComparisonSchema = z.looseObject({ sources });

/** Extension → page. */
export type ToReportComparisonPage =
  | {
      readonly kind: "difference";
      readonly difference: ReportDifference;
      readonly sources: ComparedSources;
      /** What the reports are called where they were chosen. */
      readonly names: { readonly before: string; readonly after: string };
    }
  /** There is nothing to compare any more. */
  | { readonly kind: "empty"; readonly message: string };

/** Page → extension. */
export const fromReportComparisonPageSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ready") }),
  z.strictObject({ kind: z.literal("swap") }),
  z.strictObject({ kind: z.literal("choose") }),
  z.strictObject({ kind: z.literal("export") }),
]);

export type FromReportComparisonPage = z.infer<typeof fromReportComparisonPageSchema>;
