/** `bitwright inspect`. */
import { reportText } from "../engine/emit/report-json";
import { inspectModel } from "../runtime/jobs";
import { readArguments } from "./arguments";
import { formatInspection } from "./format";
import { terminalProgress } from "./progress";

export const INSPECT_OPTIONS = { json: { type: "boolean", default: false } } as const;

export async function inspectCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, INSPECT_OPTIONS, ["MODEL"]);
  const progress = terminalProgress();
  try {
    const report = await inspectModel(positionals[0], progress.report);
    progress.done();
    process.stdout.write(values.json ? reportText(report) : formatInspection(report));
    return 0;
  } finally {
    progress.done();
  }
}
