/** Training from files to files, as the worker does it: everything is named from the folder of the workspace, wherever the process stands. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { newNetwork } from "../../../src/engine/training/new-networks/new-network";
import { parseRecipe } from "../../../src/engine/recipe";
import { checkedTrainingSettings } from "../../../src/engine/training/settings";
import { checkOutputs } from "../../../src/runtime/jobs";
import { readRecipeFile } from "../../../src/runtime/recipe-file";
import { trainOnFiles, type TrainingRequest } from "../../../src/runtime/training";
import { temporaryFolder } from "../temporary-folder";

const SAMPLES = 40;

/** A model, data, and what asks for one epoch with them. */
function request(directory: string): TrainingRequest {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "model.onnx"), newNetwork("mlp", { sizes: [3, 4, 2] }));
  const rows = Array.from({ length: SAMPLES }, (_, i) => [i % 3, (i % 5) - 2, i % 7]);
  writeFileSync(join(folder, "data", "x.csv"), rows.map((row) => `${row.join(",")}\n`).join(""));
  writeFileSync(join(folder, "data", "y.csv"), rows.map(([first]) => `${first > 0 ? 1 : 0}\n`).join(""));
  return {
    modelPath: join(folder, "model.onnx"),
    baseDirectory: folder,
    recipe: parseRecipe({
      model: "model.onnx",
      activations: { scheme: "affine", bits: 8 },
      calibration: { data: "data/x.csv", labels: "data/y.csv" },
      output: { directory: "firmware" },
    }),
    settings: checkedTrainingSettings({ epochs: 1, batch: 8 }),
    targets: undefined,
    validation: undefined,
    directory: join(folder, directory),
    checkpoint: undefined,
    resume: false,
  };
}

/** The samples of {@link request} as an array of bytes; NumPy's format 1.0. */
function bytesOfSamples(): Uint8Array {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${SAMPLES}, 3), }`.padEnd(117) + "\n";
  const data = Uint8Array.from({ length: 3 * SAMPLES }, (_, i) => i % 5);
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\x00", "latin1"), Uint8Array.of(118, 0), Buffer.from(header), data]);
}

it("writes a recipe that finds its data, wherever it is run", async () => {
  const given = request("trained");
  const trained = await trainOnFiles(given, {});
  expect(trained.model).toBe(join(given.directory, "model.onnx"));
  const { baseDirectory, recipes } = readRecipeFile(trained.recipe);
  expect(recipes[0].calibration).toMatchObject({ data: "../data/x.csv", labels: "../data/y.csv" });
  expect((await checkOutputs(baseDirectory, recipes[0])).stale).toHaveLength(2);
});

it.each([
  ["a folder in a missing one", "no/trained", () => undefined, "output-missing"],
  ["a file", "trained", (path: string) => writeFileSync(path, ""), "output-not-directory"],
  [
    "a folder with a model of that name from elsewhere",
    "trained",
    (path: string) => {
      mkdirSync(path);
      writeFileSync(join(path, "model.onnx"), "not ours");
    },
    "output-foreign",
  ],
  ["the folder of the model that it starts from", ".", () => undefined, "output-foreign"],
])("refuses %s as output before anything is trained", async (_, directory, prepare, code) => {
  const given = request(directory);
  prepare(given.directory);
  const before = readFileSync(given.modelPath);
  const events: string[] = [];
  const work = trainOnFiles(given, { event: ({ kind }) => void events.push(kind) });
  await expect(work).rejects.toMatchObject({ code, place: { model: "model.onnx" } });
  expect(events).toEqual([]);
  expect(readFileSync(given.modelPath)).toEqual(before);
});

it("tells what there is to know about the data", async () => {
  const given = request("trained");
  writeFileSync(join(given.baseDirectory, "data", "x.npy"), bytesOfSamples());
  const recipe = { ...given.recipe, calibration: { ...given.recipe.calibration, data: "data/x.npy" } };
  const { notes } = await trainOnFiles({ ...given, recipe }, {});
  expect(notes).toEqual([expect.stringContaining("values go in as 0 to 255")]);
});

it("names the checkpoint that cannot be read", async () => {
  const given = request("trained");
  const checkpoint = join(given.baseDirectory, "data");
  const work = trainOnFiles({ ...given, checkpoint, resume: true }, {});
  await expect(work).rejects.toMatchObject({
    code: "checkpoint-invalid",
    place: { model: "model.onnx", field: `checkpoint "data" in ${given.baseDirectory}` },
  });
  expect(existsSync(given.directory)).toBe(false);
});

it("names the checkpoint that cannot be written", async () => {
  const given = request("trained");
  const file = join(given.baseDirectory, "file");
  writeFileSync(file, "");
  const work = trainOnFiles({ ...given, checkpoint: join(file, "run") }, {});
  await expect(work).rejects.toMatchObject({
    code: "output-failed",
    place: { model: "model.onnx", field: `checkpoint "run" in ${file}` },
  });
  expect(existsSync(given.directory)).toBe(false);
});

it.each([
  ["a model", (path: string) => writeFileSync(path, newNetwork("mlp", { sizes: [3, 4, 2] }))],
  ["a folder", mkdirSync],
])("never replaces %s by a checkpoint", async (_, make) => {
  const given = request("trained");
  const checkpoint = join(given.baseDirectory, "kept");
  make(checkpoint);
  const events: string[] = [];
  const work = trainOnFiles({ ...given, checkpoint }, { event: ({ kind }) => void events.push(kind) });
  await expect(work).rejects.toMatchObject({
    code: "output-foreign",
    place: { field: `checkpoint "kept" in ${given.baseDirectory}` },
  });
  expect(events).toEqual([]);
});

it("replaces the checkpoint of another run, and an empty file", async () => {
  const given = request("trained");
  const checkpoint = join(given.baseDirectory, "run");
  writeFileSync(checkpoint, "");
  await trainOnFiles({ ...given, checkpoint }, {});
  const first = readFileSync(checkpoint);
  await trainOnFiles({ ...given, checkpoint, settings: { ...given.settings, seed: 2 } }, {});
  expect(readFileSync(checkpoint).equals(first)).toBe(false);
});
