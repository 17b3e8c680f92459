/** Where `--report` goes. */
import { basename, dirname, resolve } from "node:path";
import { reportArtifact, type PublishedReport } from "../engine/emit/report-json";
import type { OutputFolder } from "../runtime/write-artifacts";

/** The report as an output of its own; none where it is not asked for. */
export function reportFile(path: string | undefined, report: PublishedReport): OutputFolder[] {
  if (path === undefined) return [];
  return [{ directory: dirname(resolve(path)), artifacts: [reportArtifact(report, basename(path))] }];
}
