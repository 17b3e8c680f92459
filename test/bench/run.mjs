/** `npm run bench`: every benchmark, or those named. Figures are of one run on one machine. */
import * as activation from "./activation.mjs";
import * as activations from "./activations.mjs";
import * as equalization from "./equalization.mjs";
import * as gradients from "./gradients.mjs";
import * as inference from "./inference.mjs";
import * as instructions from "./instructions.mjs";
import * as pipeline from "./pipeline.mjs";
import * as schemes from "./schemes.mjs";
import * as training from "./training.mjs";
import * as webview from "./webview.mjs";

const BENCHMARKS = {
  pipeline,
  schemes,
  activations,
  equalization,
  inference,
  instructions,
  training,
  gradients,
  webview,
  activation,
};

const chosen = process.argv.slice(2);
for (const [name, { run }] of Object.entries(BENCHMARKS)) {
  if (chosen.length === 0 || chosen.includes(name)) await run();
}
