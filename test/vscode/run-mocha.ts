/** Runs bundled test files with mocha: the same way in the extension host and beside the workbench. */
import Mocha from "mocha";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { takeNotes } from "./notes";
import type { TestResult } from "./results";

const TIMEOUT_MS = 120_000;
const ENDING = ".test.js";

/**
 * @param folder its `*.test.js` files are run, in the order of their names
 * @param reporter mocha's reporter for the console
 * @param only runs these alone, by their names without `.test.js`
 * @throws Error where there is no such file
 */
export async function runMocha(folder: string, reporter: string, only?: readonly string[]): Promise<TestResult[]> {
  const mocha = new Mocha({ ui: "bdd", timeout: TIMEOUT_MS, reporter });
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(ENDING))
    .filter((name) => only?.includes(basename(name, ENDING)) ?? true);
  if (files.length === 0) throw new Error(`There is no test ${only?.join(", ") ?? ""} in ${folder}.`);
  for (const name of files.sort()) mocha.addFile(join(folder, name));
  // A file that this process has run before is loaded anew.
  mocha.unloadFiles();
  await mocha.loadFilesAsync();
  const results: TestResult[] = [];
  const add = (test: Mocha.Runnable, state: TestResult["state"], error?: Error): void => {
    results.push({
      title: test.fullTitle(),
      file: basename(test.file ?? test.parent?.file ?? "", ENDING),
      state,
      milliseconds: test.duration ?? 0,
      notes: takeNotes(),
      ...(error === undefined
        ? {}
        : { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    });
  };
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => {
      resolve();
    });
    runner.on("pass", (test) => {
      add(test, "passed");
    });
    runner.on("fail", (test, error: Error) => {
      add(test, "failed", error);
    });
    runner.on("pending", (test) => {
      add(test, "skipped");
    });
  });
  return results;
}
