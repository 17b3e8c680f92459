/** `npm run test:desktop`: the suite of the extension host in the desktop VS Code, which is downloaded once. */
import { runTests } from "@vscode/test-electron";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildTests } from "./build-tests.mjs";
import { OUT, ROOT } from "./support/paths.mjs";
import { main, runNode } from "./support/processes.mjs";

await main(async () => {
  await runNode("esbuild.mjs");
  await buildTests();
  const results = join(OUT, "results");
  mkdirSync(results, { recursive: true });
  const workspace = mkdtempSync(join(tmpdir(), "bitwright-"));
  try {
    cpSync(join(ROOT, "media", "models"), join(workspace, "models"), { recursive: true });
    mkdirSync(join(workspace, "firmware"));
    return await runTests({
      extensionDevelopmentPath: ROOT,
      extensionTestsPath: join(OUT, "test", "suite", "index"),
      extensionTestsEnv: { BITWRIGHT_TEST_RESULTS: join(results, "desktop.json") },
      launchArgs: [workspace, "--disable-extensions", "--disable-workspace-trust"],
    });
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
});
