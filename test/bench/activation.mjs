/** Activation of the extension in a real VS Code, which starts anew each time. */
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { installServer } from "../../scripts/install-server.mjs";
import { OUT, requireChromium } from "../../scripts/support/paths.mjs";
import { median, printTable, ROOT, row } from "./support.mjs";

const STARTS = 5;

export async function run() {
  const chromium = requireChromium();
  await installServer();
  const outdir = join(OUT, "bench");
  const shared = { absWorkingDir: ROOT, bundle: true, platform: "node", format: "cjs", outdir, logLevel: "warning" };
  await build({ ...shared, entryPoints: ["test/bench/activation-suite.ts"], external: ["vscode"] });
  await build({ ...shared, entryPoints: ["test/bench/activation-starts.ts"], packages: "external" });

  const script = join(outdir, "activation-starts.js");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [script, String(STARTS), join(outdir, "activation-suite")],
    { encoding: "utf8", env: { ...process.env, CHROMIUM: chromium } },
  );
  if (status !== 0) throw new Error(`VS Code could not be measured:\n${stderr}`);
  const starts = JSON.parse(stdout);
  printTable("Extension in a real VS Code", [
    row("loading the bundle and activate()", median(starts.map(({ load, activate }) => load + activate)), "ms", 50),
    row("of that, activate() alone", median(starts.map(({ activate }) => activate)), "ms", null),
  ]);
}
