/**
 * `npm run reproduce [PART…] [-- --seeds N --threads N]`: trains what the papers trained, and writes docs/results-training.md. Every finished
 * run is kept in out/reproduction, so that what was interrupted goes on; without parts all are run, with `document` none is.
 */
import { build } from "esbuild";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { ROOT } from "./support.mjs";

// Directly below a folder of the root: the bundle finds ../shared from there.
const BUNDLE = `${ROOT}/build/reproduction.mjs`;

await build({
  entryPoints: [`${ROOT}/test/bench/reproduction/main.ts`],
  outfile: BUNDLE,
  bundle: true,
  format: "esm",
  platform: "node",
  external: ["onnxruntime-node"],
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
});
const { PART_IDS, reproduce } = await import(pathToFileURL(BUNDLE).href);
const { values, positionals } = parseArgs({
  options: { seeds: { type: "string", default: "5" }, threads: { type: "string" } },
  allowPositionals: true,
});
const known = [...PART_IDS, "document"];
const unknown = positionals.find((id) => !known.includes(id));
if (unknown === undefined) {
  const threads = values.threads === undefined ? undefined : Number(values.threads);
  await reproduce(positionals.length === 0 ? PART_IDS : positionals, Number(values.seeds), threads);
} else {
  console.error(`There is no part "${unknown}": ${known.join(", ")}`);
  process.exitCode = 2;
}
