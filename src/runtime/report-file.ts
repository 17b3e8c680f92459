/** Reads reports that were written as files. */
import { closeSync } from "node:fs";
import { basename } from "node:path";
import { MAX_REPORT_BYTES, readReport } from "../engine/report/read-report";
import { BitwrightError } from "../protocol/errors";
import type { Report } from "../protocol/report";
import { errnoOf } from "./errno";
import { openRegularFile, readExactly } from "./regular-file";

/** @throws BitwrightError report-missing, report-invalid */
export function readReportFile(path: string): Report {
  const name = basename(path);
  try {
    return readReport(textOf(path));
  } catch (thrown) {
    if (thrown instanceof BitwrightError) throw thrown.within({ field: name });
    const problem = errnoOf(thrown) === "ENOENT" ? "there is no such file" : `it cannot be read (${errnoOf(thrown)})`;
    throw new BitwrightError("report-missing", problem, "Check the path", { field: name });
  }
}

function textOf(path: string): string {
  const opened = openRegularFile(path);
  if (opened === undefined) throw new BitwrightError("report-missing", "it is not a file", "Name a report");
  try {
    const { size } = opened.stats;
    if (size > MAX_REPORT_BYTES) {
      const problem = `it is larger than ${MAX_REPORT_BYTES} bytes`;
      throw new BitwrightError("report-invalid", problem, "A report holds figures alone");
    }
    return new TextDecoder().decode(readExactly(opened.file, 0, size) ?? new Uint8Array());
  } finally {
    closeSync(opened.file);
  }
}
