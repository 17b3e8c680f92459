/** Where `--report` goes. */
import { basename, dirname, resolve } from "node:path";
import { reportArtifact } from "../engine/emit/report-json";
import type { Comparison } from "../protocol/comparison";
import type { Report } from "../protocol/report";
import type { OutputFolder } from "../runtime/write-artifacts";

/** The report as an output of its own; none where it is not asked for. */
export function reportFile(path: string | undefined, report: Report | Comparison): OutputFolder[] {
  if (path === undefined) return [];
  return [{ directory: dirname(resolve(path)), artifacts: [reportArtifact(report, basename(path))] }];
}
