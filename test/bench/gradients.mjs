/** Gradients of convolutions, by input and by weights, against the forward pass on the same values. */
import { build } from "esbuild";
import { mkdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { printTable, ROOT, row } from "./support.mjs";

const BUNDLE = `${ROOT}/build/training/gradients-measured.mjs`;
const BUDGET = 3;

export async function run() {
  mkdirSync(`${ROOT}/build/training`, { recursive: true });
  await build({
    entryPoints: [`${ROOT}/test/bench/gradients-measured.ts`],
    outfile: BUNDLE,
    bundle: true,
    format: "esm",
    platform: "node",
    external: ["onnxruntime-node"],
  });
  const { measureConvolutions } = await import(pathToFileURL(BUNDLE).href);
  const rows = (await measureConvolutions()).flatMap(({ name, forward, byInput, byWeights }) => [
    row(`${name}: by input`, byInput / forward, "×", BUDGET),
    row(`${name}: by weights`, byWeights / forward, "×", BUDGET),
  ]);
  printTable("Gradients of convolutions, in units of their forward pass, one thread", rows);
}
