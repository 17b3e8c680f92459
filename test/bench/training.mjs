/** Training: steps a second of the published network with the quantizer in, and memory over ten thousand steps. */
import { build } from "esbuild";
import { mkdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { printTable, ROOT, row } from "./support.mjs";

const BUNDLE = `${ROOT}/build/training/measured.mjs`;

const CEIL = { scheme: "ceil", bits: 4 };

export async function run() {
  mkdirSync(`${ROOT}/build/training`, { recursive: true });
  await build({
    entryPoints: [`${ROOT}/test/bench/training-measured.ts`],
    outfile: BUNDLE,
    bundle: true,
    format: "esm",
    platform: "node",
    external: ["onnxruntime-node"],
  });
  const { measureBareSteps, measureTraining } = await import(pathToFileURL(BUNDLE).href);
  const bare = await measureBareSteps();
  const rows = [row("784-300-100-10, batch 128, forward and backward pass alone", bare, "steps/s", null)];
  for (const [what, weights, settings, budget] of [
    ["ceil:4, sgd", CEIL, { optimizer: "sgd", learningRate: 0.01 }, 400],
    ["ceil:4, adam", CEIL, { optimizer: "adam" }, 400],
    ["symmetric:8, adam", { scheme: "symmetric", bits: 8 }, { optimizer: "adam" }, null],
    ["codebook-kmeans:4, adam", { scheme: "codebook-kmeans", bits: 4 }, { optimizer: "adam" }, null],
  ]) {
    const { stepsPerSecond } = await measureTraining(weights, { epochs: 12, ...settings });
    rows.push(row(`784-300-100-10, batch 128, ${what}`, stepsPerSecond, "steps/s", budget, "≥"));
    rows.push(row("… as a share of those of the passes alone", stepsPerSecond / bare, "×", null));
  }
  const { megabytes } = await measureTraining(CEIL, { epochs: 100 });
  console.log(`\nResident MB after each 1,000 steps: ${megabytes.map((size) => size.toFixed(0)).join(" ")}`);
  rows.push(
    row("resident memory after 10,000 steps, beside that after 2,000", megabytes.at(-1) / megabytes[1], "×", 1.1),
  );
  printTable("Training", rows);
}
