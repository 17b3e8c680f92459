/** Bundles the tests that run in VS Code and beside it into out/test. */
import * as esbuild from "esbuild";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { OUT, ROOT } from "./support/paths.mjs";

const SOURCE = join(ROOT, "test", "vscode");

const testsIn = (folder) =>
  readdirSync(join(SOURCE, folder))
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(SOURCE, folder, name));

const shared = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: "node",
  target: "node22",
  format: "cjs",
  sourcemap: "linked",
  logLevel: "warning",
  outbase: SOURCE,
  outdir: join(OUT, "test"),
};

export async function buildTests() {
  rmSync(shared.outdir, { recursive: true, force: true });
  await esbuild.build({
    ...shared,
    entryPoints: [join(SOURCE, "suite", "index.ts"), ...testsIn("suite")],
    external: ["vscode", "mocha"],
  });
  await esbuild.build({
    ...shared,
    entryPoints: [join(SOURCE, "main.ts"), join(SOURCE, "screenshots.ts"), ...testsIn("ui")],
    packages: "external",
  });
}
