/** The command line, bundled from the sources as they are. */
import { build } from "esbuild";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { repositoryPath } from "../../shared";

/**
 * Bundles the command line into a folder, which gets a link to the libraries outside the bundle.
 * @returns path of the script
 */
export async function buildCli(folder: string): Promise<string> {
  const script = join(folder, "cli.cjs");
  // ONNX Runtime stays outside the bundle and is found from its folder.
  symlinkSync(repositoryPath("node_modules"), join(folder, "node_modules"), "junction");
  await build({
    entryPoints: [repositoryPath("src/cli/main.ts")],
    outfile: script,
    bundle: true,
    platform: "node",
    format: "cjs",
    mainFields: ["module", "main"],
    external: ["onnxruntime-node"],
    define: { __BITWRIGHT_VERSION__: '"0.0.0"' },
  });
  return script;
}
