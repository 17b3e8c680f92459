/** Reports as documents of either format. */
import type { Report } from "../../protocol/report";
import { differenceDocument } from "./difference-document";
import { htmlOf } from "./html";
import { markdownOf } from "./markdown";
import { reportDocument } from "./report-document";

export const DOCUMENT_FORMATS = ["html", "markdown"] as const;
export type DocumentFormat = (typeof DOCUMENT_FORMATS)[number];

/**
 * The report as a file's text; beside an earlier one where there is one.
 * @param before of the same model or another; layers are matched by name
 */
export function documentText(report: Report, format: DocumentFormat, before?: Report): string {
  const document = before === undefined ? reportDocument(report) : differenceDocument(before, report);
  return format === "html" ? htmlOf(document) : markdownOf(document);
}
