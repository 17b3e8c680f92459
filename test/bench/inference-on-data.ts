/** Runs every real network on its whole data set: printed as the table of the documentation. */
import { hasShared } from "../shared";
import { compareOnData, type OnData } from "../firmware/inference/on-data";
import { SHARED, SHIPPED } from "../unit/engine/program/data-sets";

const [, , wanted = ""] = process.argv;

const percent = (share: number | null) => (share === null ? "" : `${(100 * share).toFixed(2)} %`);

console.log(
  "| network | samples | accuracy | ONNX Runtime | other class | other samples | other outputs | by at most |",
);
console.log("|---|---:|---:|---:|---:|---:|---:|---:|");
for (const network of [...SHIPPED, ...(hasShared ? SHARED : [])]) {
  if (!network.name.includes(wanted)) continue;
  const found: OnData = await compareOnData(network);
  const cells = [
    network.name,
    found.samples,
    percent(found.accuracy),
    percent(found.referenceAccuracy),
    found.differingClasses,
    found.differingSamples,
    `${found.differingOutputs} of ${found.outputs}`,
    found.largestDifference,
  ];
  console.log(`| ${cells.join(" | ")} |`);
  console.error(network.name, JSON.stringify({ ...found, unproved: found.unproved.join("; ") }));
}
