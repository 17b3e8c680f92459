/** Entry of the suite in the extension host: VS Code calls `run` and ends when it settles. */
import { ONLY_VARIABLE, RESULTS_FILE_VARIABLE, writeResults } from "../results";
import { runMocha } from "../run-mocha";

export async function run(): Promise<void> {
  const resultsFile = process.env[RESULTS_FILE_VARIABLE];
  if (resultsFile === undefined) throw new Error(`${RESULTS_FILE_VARIABLE} is not set`);
  const only = process.env[ONLY_VARIABLE];
  const results = await runMocha(__dirname, "spec", only === undefined ? undefined : [only]);
  writeResults(resultsFile, results);
  const failed = results.filter((result) => result.state === "failed").length;
  if (failed > 0) throw new Error(`${failed} tests failed`);
}
