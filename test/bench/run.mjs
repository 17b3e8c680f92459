/** `npm run bench`: every benchmark, or those named. Figures are medians of one run on one machine. */
import * as pipeline from "./pipeline.mjs";

const BENCHMARKS = { pipeline };

const chosen = process.argv.slice(2);
for (const [name, { run }] of Object.entries(BENCHMARKS)) {
  if (chosen.length === 0 || chosen.includes(name)) await run();
}
