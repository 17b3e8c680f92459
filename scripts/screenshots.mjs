/** `npm run screenshots`: writes the README's pictures to docs/images. */
import { join } from "node:path";
import { buildTests } from "./build-tests.mjs";
import { installServer } from "./install-server.mjs";
import { OUT, requireChromium, ROOT } from "./support/paths.mjs";
import { exitCodeOf, main, runNode } from "./support/processes.mjs";

await main(async () => {
  const chromium = requireChromium();
  await installServer();
  await runNode("esbuild.mjs");
  await buildTests();
  return exitCodeOf(process.execPath, [join(OUT, "test", "screenshots.js"), join(ROOT, "docs", "images")], {
    env: { ...process.env, CHROMIUM: chromium },
  });
});
