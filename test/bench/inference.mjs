/** Real networks in integer C on the host, against ONNX Runtime's integer kernels, on whole data sets. */
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { ROOT } from "./support.mjs";

const REQUIRE =
  'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);';

export async function run() {
  mkdirSync(`${ROOT}/out`, { recursive: true });
  // The bundle finds the repository from its own place, one folder below the root.
  const program = `${ROOT}/out/inference-on-data.mjs`;
  try {
    await build({
      entryPoints: [`${ROOT}/test/bench/inference-on-data.ts`],
      bundle: true,
      outfile: program,
      format: "esm",
      platform: "node",
      banner: { js: REQUIRE },
      external: ["onnxruntime-node"],
    });
    const { status } = spawnSync(process.execPath, [program], { stdio: "inherit" });
    if (status !== 0) throw new Error(`inference-on-data: exit ${status}`);
  } finally {
    rmSync(program, { force: true });
  }
}
