/** `npm run test:vscode [-- suite] [-- ui]`: the tests in the offline VS Code. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { buildTests } from "./build-tests.mjs";
import { installServer } from "./install-server.mjs";
import { OUT, requireChromium } from "./support/paths.mjs";
import { exitCodeOf, main, runNode } from "./support/processes.mjs";

await main(async () => {
  const chromium = requireChromium();
  await installServer();
  await runNode("esbuild.mjs");
  await buildTests();
  rmSync(join(OUT, "vscode"), { recursive: true, force: true });
  return exitCodeOf(process.execPath, [join(OUT, "test", "main.js"), ...process.argv.slice(2)], {
    env: { ...process.env, CHROMIUM: chromium },
  });
});
