/** What `npm run reproduce` runs. */
import { writeFileSync } from "node:fs";
import { loadOnnxRuntime } from "../../../src/runtime/onnxruntime";
import { ROOT } from "../../shared";
import { CellStore } from "./cells";
import { lenet300, lenet300Grid } from "./lenet300";
import { moments } from "./moments";
import type { Part } from "./part";
import { resnet } from "./resnet";
import { smallNetworks } from "./small-networks";

const PARTS: readonly Part[] = [...smallNetworks, moments, lenet300, lenet300Grid, resnet];

const FOLDER = `${ROOT}/out/reproduction`;

export const PART_IDS = PARTS.map(({ id }) => id);

/**
 * Completes the cells of the parts named, all of one seed before those of the next, and writes the document of all parts.
 * @param threads of ONNX Runtime; undefined takes all cores
 */
export async function reproduce(ids: readonly string[], seeds: number, threads: number | undefined): Promise<void> {
  const runtime = await loadOnnxRuntime(threads);
  const workshop = { runtime, folder: FOLDER };
  for (let seed = 1; seed <= seeds; seed++) {
    for (const part of PARTS.filter(({ id }) => ids.includes(id))) {
      const missing = part.missing();
      if (missing === null)
        await storeOf(part).complete(part.cells(seed, workshop), (line) => console.log(`${part.id}: ${line}`));
      else console.log(`${part.id}: left out, ${missing}`);
    }
  }
  writeDocument();
}

function writeDocument(): void {
  const sections = PARTS.map((part) => {
    const store = storeOf(part);
    const body = store.isEmpty ? `Not run yet: \`npm run reproduce ${part.id}\`.\n` : part.section(store);
    return `## ${part.title}\n\n${body}`;
  });
  writeFileSync(`${ROOT}/docs/results-training.md`, [...HEAD, ...sections].join("\n"));
}

function storeOf({ id }: Part): CellStore {
  return new CellStore(`${FOLDER}/${id}.json`);
}

const HEAD = [
  "# Training with quantized weights, measured",
  "",
  "Made by `npm run reproduce`. Mean ± standard deviation over seeds; a seed decides over the first weights, the order of samples, and",
  "which of them choose the best epoch. [I] Ivan, Quantization Schemes For Training Neural Networks; [K] Köksal, Alpaydın, Dündar, Weight",
  "Quantization for Multi-layer Perceptrons Using Soft Weight Sharing (2001).",
  "",
];
