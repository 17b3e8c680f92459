/** What the benchmarks share: running TypeScript, medians, child processes with their peak memory, one table. */
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const PRINT_PEAK = fileURLToPath(new URL("print-peak.cjs", import.meta.url));

/** Bundles a TypeScript file of the repository and imports it. */
export async function importTypeScript(path) {
  const bundle = await build({
    entryPoints: [`${ROOT}/${path}`],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    define: { __BITWRIGHT_VERSION__: '"bench"' },
  });
  return import(`data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0].contents).toString("base64")}`);
}

export function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** Milliseconds of `work`, median of `runs` after one run that is not counted. */
export async function milliseconds(runs, work) {
  const times = [];
  for (let run = 0; run <= runs; run++) {
    const start = performance.now();
    await work();
    if (run > 0) times.push(performance.now() - start);
  }
  return median(times);
}

/** Runs Node on a script: wall milliseconds, peak resident megabytes of the process, and what it printed. */
export function processCost(args) {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--require", PRINT_PEAK, ...args], {
    encoding: "utf8",
  });
  const wall = performance.now() - start;
  if (status !== 0) throw new Error(`${args.join(" ")}: exit ${status}\n${stderr}`);
  return { milliseconds: wall, megabytes: Number(/peak (\d+) kB/.exec(stderr)[1]) / 1024, stdout };
}

/** One row of the table: what was measured, the figure, the most (or least) it should be, and their ratio. */
export function row(what, figure, unit, budget, sense = "≤") {
  return { what, figure, unit, budget, sense };
}

export function printTable(title, rows) {
  console.log(`\n## ${title}\n`);
  console.log("| what | measured | budget | measured / budget |");
  console.log("|---|---:|---:|---:|");
  for (const { what, figure, unit, budget, sense } of rows) {
    const shown = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
    const limit = budget === null ? "" : `${sense} ${shown(budget)} ${unit}`;
    console.log(
      `| ${what} | ${shown(figure)} ${unit} | ${limit} | ${budget === null ? "" : (figure / budget).toFixed(2)} |`,
    );
  }
}
