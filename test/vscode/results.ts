/** What a mocha run leaves for the process that started it. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";

export interface TestResult {
  readonly title: string;
  /** Test file that it stands in, without `.test.js`; empty for what went wrong outside of one. */
  readonly file: string;
  readonly state: "passed" | "failed" | "skipped";
  readonly milliseconds: number;
  /** Message and stack of a failure. */
  readonly error?: string;
  /** Measurements that a test wants shown. */
  readonly notes: readonly string[];
}

/** Environment variable that names the file for the results of a suite in the extension host. */
export const RESULTS_FILE_VARIABLE = "BITWRIGHT_TEST_RESULTS";

/** Environment variable that names the one test file that a suite in the extension host is to run. */
export const ONLY_VARIABLE = "BITWRIGHT_TEST_ONLY";

export function writeResults(file: string, results: readonly TestResult[]): void {
  writeFileSync(file, JSON.stringify(results, undefined, 2));
}

/** Empty where the run ended before it wrote any. */
export function readResults(file: string): TestResult[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as TestResult[]) : [];
}
