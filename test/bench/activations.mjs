/** Calibration and noise analysis of a MobileNetV2 at 224², against plain float inference of the same images. */
import { build } from "esbuild";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { importTypeScript, median, printTable, processCost, ROOT, row } from "./support.mjs";

const RUNS = 3;
const IMAGES = 64;
const MANY_IMAGES = 1024;

/** Peak memory beyond the model file. */
const MEMORY_BUDGET = 400;

export async function run() {
  mkdirSync(`${ROOT}/out`, { recursive: true });
  const scratch = mkdtempSync(join(ROOT, "out", "bench-"));
  try {
    const model = join(scratch, "mobilenet-v2-shape.onnx");
    const { mobileNetV2Shape } = await importTypeScript("test/bench/mobilenet-v2-shape.ts");
    writeFileSync(model, mobileNetV2Shape());
    const program = join(scratch, "measured.mjs");
    await build({
      entryPoints: [`${ROOT}/test/bench/activations-measured.ts`],
      bundle: true,
      outfile: program,
      format: "esm",
      platform: "node",
      external: ["onnxruntime-node"],
    });
    const measured = (job, images, runs = RUNS) => {
      const found = Array.from({ length: runs }, () => processCost([program, job, model, String(images)]));
      const times = found.map(({ stdout }) => JSON.parse(stdout));
      return {
        ratio: median(times.map(({ milliseconds, plain }) => milliseconds / plain)),
        megabytes: median(found.map(({ megabytes }) => megabytes)),
        layers: times[0].layers,
      };
    };
    const budget = MEMORY_BUDGET + statSync(model).size / 2 ** 20;
    const calibration = measured("calibrate", IMAGES);
    const many = measured("calibrate", MANY_IMAGES, 1);
    const isolated = measured("isolated", IMAGES);
    const cumulative = measured("cumulative", IMAGES);
    const sensitivity = measured("sensitivity", IMAGES, 1);
    printTable(`Calibration and noise, MobileNetV2 at 224², ${IMAGES} images, in units of plain inference`, [
      row("calibration", calibration.ratio, "×", 1.3),
      row(`calibration, ${MANY_IMAGES} images`, many.ratio, "×", 1.3),
      row("isolated noise of all layers", isolated.ratio, "×", 5),
      row("cumulative noise and accuracy", cumulative.ratio, "×", null),
      row("sensitivity of all layers", sensitivity.ratio, "×", sensitivity.layers / 2 + 2),
      row("calibration: peak memory", calibration.megabytes, "MB", budget),
      row(`calibration, ${MANY_IMAGES} images: peak memory`, many.megabytes, "MB", budget),
      row("isolated noise: peak memory", isolated.megabytes, "MB", budget),
      row("cumulative noise: peak memory", cumulative.megabytes, "MB", budget),
      row("sensitivity: peak memory", sensitivity.megabytes, "MB", budget),
    ]);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
