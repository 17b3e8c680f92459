/** Runs every real network on its whole data set, and counts what a run takes: printed as the tables of the documentation. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasShared, repositoryPath } from "../shared";
import { CORES, countRun, writeCounted, writeTarget } from "../firmware/inference/instructions";
import { compareOnData, type OnData } from "../firmware/inference/on-data";
import { SHARED, SHIPPED } from "../unit/engine/program/data-sets";

/** Part of a network's name; all where it is empty. */
const WANTED = process.env["BITWRIGHT_NETWORK"] ?? "";

/** Of each network at most. */
const SAMPLES = Number(process.env["BITWRIGHT_SAMPLES"] ?? Infinity);

const percent = (share: number | null) => (share === null ? "" : `${(100 * share).toFixed(2)} %`);

function equalityRow(name: string, found: OnData): string {
  const { samples, accuracy, referenceAccuracy, differingClasses, differingSamples, channels } = found;
  const cells = [
    name,
    samples,
    percent(accuracy),
    percent(referenceAccuracy),
    differingClasses,
    samples - differingSamples,
    `${found.differingOutputs} of ${found.outputs}`,
    found.largestDifference,
    channels.fitted,
    channels.emulated,
    channels.unproved,
  ];
  return `| ${cells.join(" | ")} |`;
}

/** Instructions of one run on each core, and bytes of code on the first. */
async function costRow(name: string, found: OnData): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "bitwright-bench-"));
  try {
    writeTarget(folder, repositoryPath("test/firmware"));
    writeCounted(found.emission, folder);
    const runs = [];
    for (const core of CORES) runs.push(await countRun(found.emission.baseName, core, folder));
    const counts = runs.map(({ instructions }) => {
      return `${(instructions / 1e6).toPrecision(4)} M (${(instructions / found.macs).toFixed(2)})`;
    });
    const { arenaBytes, optimumBytes, flashBytes, macs } = found;
    const code = Math.max(...runs.map(({ codeBytes }) => codeBytes));
    return `| ${[name, macs, arenaBytes, optimumBytes, flashBytes, code, ...counts].join(" | ")} |`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const equality: string[] = [];
const costs: string[] = [];
for (const network of [...SHIPPED, ...(hasShared ? SHARED : [])]) {
  if (!network.name.includes(WANTED)) continue;
  const found = await compareOnData(network, SAMPLES);
  equality.push(equalityRow(network.name, found));
  costs.push(await costRow(network.name, found));
  // Both tables come at the end, and runs are long.
  console.error(equality.at(-1), "\n", costs.at(-1), "\nnot proved equal:", found.unproved.join("; ") || "nothing");
}
const tables = [
  "| network | samples | accuracy | ONNX Runtime | other class | equal samples | other outputs | by at most | channels | emulated | not proved |",
  "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
  ...equality,
  "",
  "| network | MACs | arena | optimum | constants | code | M0 | M3 | M4 |",
  "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
  ...costs,
];
console.log(tables.join("\n"));
