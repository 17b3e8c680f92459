/** Instructions per multiply-accumulate of generated layers on emulated cores beside CMSIS-NN's, and bytes of code. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importTypeScript, ROOT } from "./support.mjs";

export async function run() {
  const { CORES, LAYERS, measureLayer, writeMeasurement } = await importTypeScript(
    "test/firmware/inference/instructions.ts",
  );
  const folder = mkdtempSync(join(tmpdir(), "bitwright-bench-"));
  try {
    writeMeasurement(folder, `${ROOT}/test/firmware`);
    console.log(
      "\n## Instructions per multiply-accumulate, and bytes of code; arm-none-eabi-gcc -O2, qemu -icount shift=0\n",
    );
    console.log("| layer | core | CMSIS-NN | speed | ratio | code | size | code |");
    console.log("|---|---|---:|---:|---:|---:|---:|---:|");
    for (const layer of LAYERS) {
      for (const [index, core] of CORES.entries()) {
        const speed = await measureLayer(layer, core, "speed", folder);
        const size = await measureLayer(layer, core, "size", folder);
        const library = layer.cmsisNn[index];
        const cells = [
          layer.description,
          core.label,
          library,
          speed.perMac.toFixed(2),
          (speed.perMac / library).toFixed(2),
          speed.codeBytes,
          size.perMac.toFixed(2),
          size.codeBytes,
        ];
        console.log(`| ${cells.join(" | ")} |`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
