/**
 * What a webview panel and the extension say to each other. A hidden webview loses messages, so the extension sends whole
 * snapshots and the page asks for one when it is ready. Layers are named by their index in the report.
 *
 * The page's messages are hostile: the extension checks them with `fromPageSchema`.
 */
import * as z from "zod";
import type { ErrorCode } from "./errors";
import type { Report } from "./report";

/** How a layer's SQNR is to be judged; `float` where its weights were left as they are. */
export type Grade = "good" | "low" | "very-low" | "exact" | "float";

/** What a page shows of one report. */
export interface ReportSnapshot {
  readonly kind: "report";
  readonly report: Report;
  readonly selectedLayer: number | null;
  /** Layers below it are graded `low`. */
  readonly lowSqnrDb: number;
  /** One a layer. */
  readonly grades: readonly Grade[];
  /** False in an untrusted workspace. */
  readonly canQuantize: boolean;
}

export type ExportFormat = "csv" | "png";

/** Extension → page. */
export type ToPage =
  | ReportSnapshot
  | { readonly kind: "progress"; readonly step: string; readonly share: number }
  | { readonly kind: "select"; readonly layer: number }
  | { readonly kind: "export"; readonly format: ExportFormat }
  | { readonly kind: "empty" }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly message: string };

/** Largest export that a page may hand over, in characters. */
const MAX_EXPORT_LENGTH = 64 * 1024 * 1024;

/** Page → extension. */
export const fromPageSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ready") }),
  z.strictObject({ kind: z.literal("select"), layer: z.int().min(0) }),
  z.strictObject({ kind: z.literal("quantize") }),
  z.strictObject({ kind: z.literal("open-artifact"), artifact: z.int().min(0) }),
  z.strictObject({ kind: z.literal("export-csv"), text: z.string().max(MAX_EXPORT_LENGTH) }),
  z.strictObject({ kind: z.literal("export-png"), base64: z.base64().max(MAX_EXPORT_LENGTH) }),
]);

export type FromPage = z.infer<typeof fromPageSchema>;
