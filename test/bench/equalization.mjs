/**
 * `node test/bench/equalization.mjs [network…]`: what equalization, dead channels and bias correction do to real networks of
 * ../shared. Figures of each network are kept in build/equalization; docs/results-equalization.md is made of all of them.
 * `npm run bench equalization`: what they cost on a MobileNetV2, which needs no data.
 */
import { build } from "esbuild";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { importTypeScript, printTable, ROOT, row } from "./support.mjs";

const FOLDER = `${ROOT}/build/equalization`;

export async function run() {
  mkdirSync(FOLDER, { recursive: true });
  const model = `${FOLDER}/mobilenet-v2-shape.onnx`;
  try {
    const { mobileNetV2Shape } = await importTypeScript("test/bench/mobilenet-v2-shape.ts");
    writeFileSync(model, mobileNetV2Shape());
    const { measureSpeed } = await bundled("equalization-speed");
    const { transform, passesPerTenLayers } = await measureSpeed(model);
    printTable("Equalization and bias correction, MobileNetV2 at 224²", [
      row("two-step equalization, one core, without runs over the data", transform, "ms", 1000),
      row("empirical bias correction, for ten layers", passesPerTenLayers, "passes", 4),
    ]);
  } finally {
    rmSync(model, { force: true });
  }
}

async function writeResults(chosen) {
  mkdirSync(FOLDER, { recursive: true });
  const { NETWORKS, measureNetwork, resultsDocument } = await bundled("equalization-measured");
  const results = [];
  for (const network of NETWORKS) {
    const kept = `${FOLDER}/${network.id}.json`;
    if (chosen.length === 0 || chosen.includes(network.id)) {
      writeFileSync(kept, JSON.stringify(await measureNetwork(network, `${ROOT}/../shared`, console.log)));
    }
    if (existsSync(kept)) results.push(JSON.parse(readFileSync(kept, "utf8")));
  }
  if (results.length === NETWORKS.length)
    writeFileSync(`${ROOT}/docs/results-equalization.md`, resultsDocument(results));
}

async function bundled(name) {
  const outfile = `${FOLDER}/${name}.mjs`;
  await build({
    entryPoints: [`${ROOT}/test/bench/${name}.ts`],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    external: ["onnxruntime-node"],
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
  });
  return import(pathToFileURL(outfile).href);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeResults(process.argv.slice(2));
