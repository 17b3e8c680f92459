/**
 * `node test/bench/equalization.mjs [network…]`: what equalization, dead channels and bias correction do to real networks of
 * ../shared. Figures of each network are kept in build/equalization; docs/results-equalization.md is made of all of them.
 */
import { build } from "esbuild";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { ROOT } from "./support.mjs";

const FOLDER = `${ROOT}/build/equalization`;

mkdirSync(FOLDER, { recursive: true });
const bundle = `${FOLDER}/measured.mjs`;
await build({
  entryPoints: [`${ROOT}/test/bench/equalization-measured.ts`],
  outfile: bundle,
  bundle: true,
  format: "esm",
  platform: "node",
  external: ["onnxruntime-node"],
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
});
const { NETWORKS, measureNetwork, resultsDocument } = await import(pathToFileURL(bundle).href);

const chosen = process.argv.slice(2);
const results = [];
for (const network of NETWORKS) {
  const kept = `${FOLDER}/${network.id}.json`;
  if (chosen.length === 0 || chosen.includes(network.id)) {
    writeFileSync(kept, JSON.stringify(await measureNetwork(network, `${ROOT}/../shared`, console.log)));
  }
  if (existsSync(kept)) results.push(JSON.parse(readFileSync(kept, "utf8")));
}
if (results.length === NETWORKS.length) writeFileSync(`${ROOT}/docs/results-equalization.md`, resultsDocument(results));
