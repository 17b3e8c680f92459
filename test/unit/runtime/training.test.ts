/** Training from files to files, as the worker does it: everything is named from the folder of the workspace, wherever the process stands. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { newNetwork } from "../../../src/engine/training/new-networks/new-network";
import { parseRecipe } from "../../../src/engine/recipe";
import { checkedTrainingSettings } from "../../../src/engine/training/settings";
import { checkOutputs } from "../../../src/runtime/jobs";
import { readRecipeFile } from "../../../src/runtime/recipe-file";
import { trainOnFiles } from "../../../src/runtime/training";
import { temporaryFolder } from "../temporary-folder";

const SAMPLES = 40;

it("writes a recipe that finds its data, wherever it is run", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "model.onnx"), newNetwork("mlp", { sizes: [3, 4, 2] }));
  const rows = Array.from({ length: SAMPLES }, (_, i) => [i % 3, (i % 5) - 2, i % 7]);
  writeFileSync(join(folder, "data", "x.csv"), rows.map((row) => `${row.join(",")}\n`).join(""));
  writeFileSync(join(folder, "data", "y.csv"), rows.map(([first]) => `${first > 0 ? 1 : 0}\n`).join(""));
  const trained = await trainOnFiles(
    {
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
      directory: join(folder, "trained"),
      checkpoint: undefined,
      resume: false,
    },
    {},
  );
  expect(trained.model).toBe(join(folder, "trained", "model.onnx"));
  const { baseDirectory, recipes } = readRecipeFile(trained.recipe);
  expect(recipes[0].calibration).toMatchObject({ data: "../data/x.csv", labels: "../data/y.csv" });
  expect((await checkOutputs(baseDirectory, recipes[0])).stale).toHaveLength(2);
});
