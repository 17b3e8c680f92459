/**
 * What a webview panel and the extension say to each other. A hidden webview loses messages, so the extension sends whole
 * snapshots and the page asks for one when it is ready. Layers are named by their index in the report.
 *
 * The page's messages are hostile: the extension checks them with the schemas below.
 */
import * as z from "zod";
import type { Diagnosis } from "./diagnosis";
import type { ErrorCode } from "./errors";
import type { Report } from "./report";
import { equalizationSettingsSchema, type TrialState } from "./trial";

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

/** What a page exports, for it has the charts; documents are made of the report alone. */
export type ExportFormat = "csv" | "png";

/** How far the diagnosis of a layer is. */
export type DiagnosisState =
  | { readonly kind: "running"; readonly step: string; readonly share: number }
  | { readonly kind: "done"; readonly diagnosis: Diagnosis }
  | { readonly kind: "unavailable"; readonly reason: string };

/** Extension → page of the model editor. */
export type ToModelPage =
  | ReportSnapshot
  | { readonly kind: "progress"; readonly step: string; readonly share: number }
  | { readonly kind: "select"; readonly layer: number }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly message: string };

/** Extension → page of the report panel. */
export type ToReportPage =
  | ReportSnapshot
  | { readonly kind: "select"; readonly layer: number }
  | { readonly kind: "diagnosis"; readonly layer: number; readonly state: DiagnosisState }
  | { readonly kind: "trial"; readonly state: TrialState }
  | { readonly kind: "export"; readonly format: ExportFormat }
  | { readonly kind: "empty" };

/** Largest export that a page may hand over, in characters. */
export const MAX_EXPORT_LENGTH = 64 * 1024 * 1024;

const index = z.int().min(0);

const fromEveryPage = [
  z.strictObject({ kind: z.literal("ready") }),
  z.strictObject({ kind: z.literal("select"), layer: index }),
  z.strictObject({ kind: z.literal("quantize") }),
] as const;

/** Page of the model editor → extension. */
export const fromModelPageSchema = z.discriminatedUnion("kind", fromEveryPage);

/** Page of the report panel → extension. */
export const fromReportPageSchema = z.discriminatedUnion("kind", [
  ...fromEveryPage,
  z.strictObject({ kind: z.literal("analyze") }),
  z.strictObject({ kind: z.literal("compare-reports") }),
  z.strictObject({ kind: z.literal("export") }),
  z.strictObject({ kind: z.literal("open-artifact"), artifact: index }),
  z.strictObject({ kind: z.literal("export-csv"), text: z.string().max(MAX_EXPORT_LENGTH) }),
  z.strictObject({ kind: z.literal("export-png"), base64: z.base64().max(MAX_EXPORT_LENGTH) }),
  z.strictObject({ kind: z.literal("diagnose"), layer: index }),
  z.strictObject({ kind: z.literal("use-alternative"), layer: index, alternative: index.describe("In the diagnosis") }),
  z.strictObject({ kind: z.literal("keep-float"), layer: index }),
  z.strictObject({ kind: z.literal("quantize-layer"), layer: index }),
  z.strictObject({ kind: z.literal("try-equalization"), settings: equalizationSettingsSchema }),
  z.strictObject({ kind: z.literal("cancel-trial") }),
  z.strictObject({ kind: z.literal("use-trial") }),
]);

export type FromModelPage = z.infer<typeof fromModelPageSchema>;
export type FromReportPage = z.infer<typeof fromReportPageSchema>;
