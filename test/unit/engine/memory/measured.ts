/** A process of its own: inspects or quantizes the model of its first argument and prints how it ended and its peak memory. */
import { existsSync, readFileSync } from "node:fs";
import { runPipeline } from "../../../../src/engine/pipeline";
import { parseRecipe } from "../../../../src/engine/recipe";
import { BitwrightError } from "../../../../src/protocol/errors";
import { readModelSource, sha256 } from "../../../../src/runtime/model-file";

const [path, recipe] = process.argv.slice(2);

async function outcome(): Promise<string> {
  try {
    const source = readModelSource(path);
    await runPipeline(source, recipe === "" ? null : parseRecipe(JSON.parse(recipe)), {
      generatorVersion: "0.0.0",
      sha256,
    });
    return "done";
  } catch (thrown) {
    return BitwrightError.from(thrown).code;
  }
}

/** Peak resident memory. Linux counts what the parent had into `maxRSS`, but not into the high-water mark of the memory itself. */
function peakBytes(): number {
  const status = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "";
  const mark = /^VmHWM:\s+(\d+) kB$/m.exec(status);
  return 1024 * (mark === null ? process.resourceUsage().maxRSS : Number(mark[1]));
}

void outcome().then((ended) => {
  console.log(JSON.stringify({ ended, peakBytes: peakBytes() }));
});
