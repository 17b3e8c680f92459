/** Runs in the extension host: activates Bitwright, which nothing has needed before, and writes down what that took. */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { BitwrightApi } from "../../src/extension/api";

/** Environment variable that names the file for the result. */
export const ACTIVATION_FILE_VARIABLE = "BITWRIGHT_BENCH_ACTIVATION";

export async function run(): Promise<void> {
  const vscode = await import("vscode");
  const file = process.env[ACTIVATION_FILE_VARIABLE];
  const extension = vscode.extensions.getExtension<BitwrightApi>("bitwright.bitwright");
  if (file === undefined || extension === undefined) throw new Error("not started by the benchmark");
  if (extension.isActive) throw new Error("Bitwright is active before anything needs it");
  const started = performance.now();
  createRequire(__filename)(join(extension.extensionPath, "dist", "extension.js")); // activate() finds it loaded
  const load = performance.now() - started;
  const { activationMilliseconds: activate } = await extension.activate();
  writeFileSync(file, JSON.stringify({ load, activate }));
}
