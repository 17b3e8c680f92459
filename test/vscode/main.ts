/**
 * Tests in the offline VS Code: `node out/test/main.js [suite] [ui]`, both where none is named.
 * Writes out/results/vscode.json and exits 1 where a test failed.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { OUT, ROOT, SUITE } from "./host/paths";
import { Workbench } from "./host/workbench";
import { createWorkspace } from "./host/workspace";
import { readResults, RESULTS_FILE_VARIABLE, writeResults, type TestResult } from "./results";
import { runMocha } from "./run-mocha";

const RESULTS = join(OUT, "results");
const SUITE_LIMIT_MS = 300_000;

/** The suite inside the extension host; what stops it from reporting is a failed test of its own. */
async function runSuite(): Promise<TestResult[]> {
  const resultsFile = join(RESULTS, "suite.json");
  rmSync(resultsFile, { force: true });
  const workspace = createWorkspace();
  const workbench = await Workbench.open({
    name: "suite",
    folder: workspace.folder,
    extension: ROOT,
    suite: SUITE,
    environment: { [RESULTS_FILE_VARIABLE]: resultsFile },
  });
  try {
    const exitCode = await withinLimit(workbench.suiteExit);
    const results = readResults(resultsFile);
    const explained = results.length > 0 && (exitCode === 0 || results.some((result) => result.state === "failed"));
    if (!explained) results.push(failure(`the suite in the extension host ended with exit code ${String(exitCode)}`));
    if (exitCode !== 0) await workbench.screenshotOfFailure("end");
    return results;
  } finally {
    await workbench.close();
    workspace.remove();
  }
}

function withinLimit(exit: Promise<number>): Promise<number | "none within its time limit"> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      resolve("none within its time limit");
    }, SUITE_LIMIT_MS);
    exit.then(resolve, reject).finally(() => {
      clearTimeout(timer);
    });
  });
}

function failure(error: string): TestResult {
  return { title: "Extension host", state: "failed", milliseconds: 0, error, notes: [] };
}

function show(results: readonly TestResult[]): void {
  for (const { title, state, milliseconds, error, notes } of results) {
    console.log(`  ${state}: ${title} (${Math.round(milliseconds)} ms)`);
    for (const line of notes) console.log(`      ${line}`);
    if (error !== undefined) console.log(error.replace(/^/gmu, "      "));
  }
}

async function main(parts: readonly string[]): Promise<void> {
  const wanted = (part: string): boolean => parts.length === 0 || parts.includes(part);
  mkdirSync(RESULTS, { recursive: true });
  const results: TestResult[] = [];
  if (wanted("suite")) {
    console.log("Tests in the extension host");
    const inside = await runSuite();
    show(inside);
    results.push(...inside);
  }
  if (wanted("ui")) {
    console.log("Tests of what a person sees");
    results.push(...(await runMocha(join(__dirname, "ui"), "spec")));
  }
  writeResults(join(RESULTS, "vscode.json"), results);
  const count = (state: TestResult["state"]): number => results.filter((result) => result.state === state).length;
  if (results.length === 0 || count("failed") > 0) process.exitCode = 1;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
