/** `bitwright report`: a report, or two side by side, as a document. */
import { basename, dirname, extname, resolve } from "node:path";
import { DOCUMENT_FORMATS, documentText, type DocumentFormat } from "../engine/report/document-text";
import { readReportFile } from "../runtime/report-file";
import { writeArtifacts } from "../runtime/write-artifacts";
import { readArguments, usage } from "./arguments";
import { formatWritten } from "./format";

export const REPORT_OPTIONS = {
  before: { type: "string" },
  format: { type: "string" },
  out: { type: "string" },
} as const;

export function reportCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, REPORT_OPTIONS, ["REPORT.json"]);
  const format = formatOf(values.format, values.out);
  const before = values.before === undefined ? undefined : readReportFile(values.before);
  const text = documentText(readReportFile(positionals[0]), format, before);
  if (values.out === undefined) {
    process.stdout.write(text);
    return Promise.resolve(0);
  }
  const artifact = { path: basename(values.out), bytes: new TextEncoder().encode(text) };
  const { files, written } = writeArtifacts([{ directory: dirname(resolve(values.out)), artifacts: [artifact] }]);
  process.stdout.write(formatWritten(files, written));
  return Promise.resolve(0);
}

/** What is asked for, else what the file's name ends in, else Markdown. */
function formatOf(asked: string | undefined, out: string | undefined): DocumentFormat {
  if (asked === undefined) return /^\.html?$/i.test(extname(out ?? "")) ? "html" : "markdown";
  const format = DOCUMENT_FORMATS.find((known) => known === asked);
  if (format === undefined) throw usage(`--format takes ${DOCUMENT_FORMATS.join(" or ")}, got "${asked}"`);
  return format;
}
