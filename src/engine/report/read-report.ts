/** A report that was written as JSON. */
import { BitwrightError } from "../../protocol/errors";
import { REPORT_VERSION, reportSchema, type Report } from "../../protocol/report";

/** Largest report that is read, in bytes: a hundred times that of the largest model seen. */
export const MAX_REPORT_BYTES = 256 * 1024 * 1024;

const REMEDY = "Name a report that --report or the output report wrote";

/**
 * @param text of the whole file
 * @throws BitwrightError report-invalid
 */
export function readReport(text: string): Report {
  const value = jsonOf(text);
  const parsed = reportSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const version = typeof value === "object" && value !== null && "version" in value ? value.version : undefined;
  if (typeof version === "number" && version !== REPORT_VERSION)
    throw invalid(`it has version ${version} of the format, not ${REPORT_VERSION}`, "Write the report anew");
  const [issue] = parsed.error.issues;
  const field = issue.path.map(String).join(".");
  throw invalid(`it is not a report: ${field === "" ? "" : `${field}: `}${issue.message}`, REMEDY);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("it is not JSON", REMEDY);
  }
}

function invalid(problem: string, remedy: string): BitwrightError {
  return new BitwrightError("report-invalid", problem, remedy);
}
