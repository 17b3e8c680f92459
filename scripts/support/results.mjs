/** Results of test runs, from the files that the runners leave. */
import { existsSync, readFileSync } from "node:fs";

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

/** @type {() => Counts} */
export const none = () => ({ passed: 0, failed: 0, skipped: 0 });

/** @type {(a: Counts, b: Counts) => Counts} */
export const sum = (a, b) => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/** A run that failed has a failure in its counts, even where it ended before it could say so. */
export function withExitCode(counts, exitCode) {
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** Counts of vitest's JSON reporter; a file that could not be loaded is one failure. */
export function vitestCounts(file) {
  if (!existsSync(file)) return none();
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = readJson(file);
  const unloadable = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.every((test) => test.status !== "failed"),
  ).length;
  return { passed: numPassedTests, failed: numFailedTests + unloadable, skipped: numPendingTests + numTodoTests };
}

/** Counts of the tests in VS Code, which `test/vscode/results.ts` writes. */
export function vscodeCounts(file) {
  const counts = none();
  if (existsSync(file)) for (const { state } of readJson(file)) counts[state] += 1;
  return counts;
}

/** The line that ends a run of all tests. */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}
