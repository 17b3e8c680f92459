/**
 * Tests in the offline VS Code: `node out/test/main.js [suite[:FILE]] [ui[:FILE]]`, both where none is named.
 * Writes out/results/vscode.json and exits 1 where a test failed.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { OUT, ROOT, SUITE } from "./host/paths";
import { Workbench } from "./host/workbench";
import { createWorkspace } from "./host/workspace";
import { ONLY_VARIABLE, readResults, RESULTS_FILE_VARIABLE, writeResults, type TestResult } from "./results";
import { runMocha } from "./run-mocha";

const RESULTS = join(OUT, "results");
/** The variable is for runs that take their time. */
const SUITE_LIMIT_MS = Number(process.env["BITWRIGHT_TEST_MINUTES"] ?? 5) * 60_000;

/** So few files may fail by a busy machine; more of them fail by what is tested. */
const FILES_TRIED_TWICE = 3;

/** The suite inside the extension host; what stops it from reporting is a failed test of its own. */
async function runSuite(only: string | undefined): Promise<TestResult[]> {
  const resultsFile = join(RESULTS, "suite.json");
  rmSync(resultsFile, { force: true });
  const workspace = createWorkspace();
  const workbench = await Workbench.open({
    name: "suite",
    folder: workspace.folder,
    extension: ROOT,
    suite: SUITE,
    environment: { [RESULTS_FILE_VARIABLE]: resultsFile, ...(only === undefined ? {} : { [ONLY_VARIABLE]: only }) },
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

/**
 * The tests of what a person sees. A file with a failure runs once more, in a workbench of its own: mouse and keys meet
 * a workbench that still moves. What failed at first stays in the output and beside the second result.
 */
async function runUi(only: string | undefined): Promise<TestResult[]> {
  const folder = join(__dirname, "ui");
  const results = await runMocha(folder, "spec", only === undefined ? undefined : [only]);
  const failed = results.filter((result) => result.state === "failed");
  const files = [...new Set(failed.map(({ file }) => file))];
  if (files.length === 0 || files.length > FILES_TRIED_TWICE) return results;
  console.log(`Once more: ${files.join(", ")}`);
  const again = await runMocha(folder, "spec", files);
  for (const { title, error } of failed) console.log(`  failed at first: ${title}\n${error ?? ""}`);
  const notes = (title: string): string[] => failed.filter((one) => one.title === title).map(() => "failed at first");
  return [
    ...results.filter(({ file }) => !files.includes(file)),
    ...again.map((result) => ({ ...result, notes: [...result.notes, ...notes(result.title)] })),
  ];
}

function failure(error: string): TestResult {
  return { file: "", title: "Extension host", state: "failed", milliseconds: 0, error, notes: [] };
}

function show(results: readonly TestResult[]): void {
  for (const { title, state, milliseconds, error, notes } of results) {
    console.log(`  ${state}: ${title} (${Math.round(milliseconds)} ms)`);
    for (const line of notes) console.log(`      ${line}`);
    if (error !== undefined) console.log(error.replace(/^/gmu, "      "));
  }
}

async function main(parts: readonly string[]): Promise<void> {
  const wanted = new Map((parts.length === 0 ? ["suite", "ui"] : parts).map((part) => splitPart(part)));
  mkdirSync(RESULTS, { recursive: true });
  const results: TestResult[] = [];
  if (wanted.has("suite")) {
    console.log("Tests in the extension host");
    const inside = await runSuite(wanted.get("suite"));
    show(inside);
    results.push(...inside);
  }
  if (wanted.has("ui")) {
    console.log("Tests of what a person sees");
    results.push(...(await runUi(wanted.get("ui"))));
  }
  writeResults(join(RESULTS, "vscode.json"), results);
  const count = (state: TestResult["state"]): number => results.filter((result) => result.state === state).length;
  if (results.length === 0 || count("failed") > 0) process.exitCode = 1;
}

/** `ui:recipes` is the file `ui/recipes.test.ts` alone. */
function splitPart(part: string): [string, string | undefined] {
  const [name, file] = part.split(":");
  return [name, file];
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
