import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { addDigits } from "../host/digits";
import { ROOT } from "../host/paths";
import { THEMES } from "../themes";
import { assertAccessible } from "./accessibility";
import { ANALYZE, analyzeByPalette } from "./analyze";
import { fact } from "./compare";
import { REPORT } from "./quantize";
import { useWorkbench } from "./session";
import { numbersIn, rows, selectedNames, sortBy, table } from "./tables";

const MODEL = "mnist-dscnn-bn.onnx";

describe("Where the noise comes from", () => {
  const session = useWorkbench(() => Promise.resolve({ name: "analyze", extension: ROOT }));

  it("analyzes on data that were found in the workspace", async () => {
    const { workbench, workspace } = session();
    addDigits(workspace.folder, 64);
    await workbench.extensionReady();
    await workbench.openFile(`models/${MODEL}`);
    await (await workbench.webview(MODEL)).getByRole("heading", { name: MODEL }).waitFor();
    const page = await analyzeByPalette(workbench);
    for (const canvas of await page.locator("canvas").all())
      assert.ok(((await canvas.boundingBox())?.height ?? 0) > 50);
    assert.match(await fact(page, "Accuracy").innerText(), /^\d+\.\d %\s*float \d+\.\d %, 95 %:/u);
    assert.match(await fact(page, "Output SQNR").innerText(), /^\d+\.\d dB/u);
    assert.equal(await page.getByText(/random numbers/u).count(), 0);
  });

  it("lists the most sensitive layer first, and sorts by any figure", async () => {
    const page = await session().workbench.webview(REPORT);
    const layers = table(page, "Layers");
    const sensitivities = await numbersIn(layers, "kl");
    assert.equal(sensitivities.length, await rows(layers).count());
    const heading = layers.locator("th.kl");
    assert.equal(await heading.getAttribute("aria-sort"), "descending");
    for (const column of ["Weights", "Activations", "Both", "Predicted", "Bound", "Cumulative", "Accuracy drop"])
      await sortBy(layers, column);
    await sortBy(layers, "Both");
    const noise = await numbersIn(layers, "both");
    assert.deepEqual(
      noise,
      noise.toSorted((a, b) => a - b),
    );
  });

  it("leads from a bar to the layer's row, tree item and channels", async () => {
    const { workbench } = session();
    await workbench.openView("Bitwright");
    const page = await workbench.webview(REPORT);
    const name = await rows(table(page, "Layers")).last().locator("button.name").innerText();
    const heading = page.locator("section.detail h2").filter({ hasText: name });
    await workbench.pressIn(page.getByRole("img", { name: /^Grouped bar chart/u }), "End", heading);
    assert.deepEqual(await selectedNames(table(page, "Layers")), [name]);
    const selected = workbench.layerItems().and(workbench.page.locator("[aria-selected=true]"));
    await selected.filter({ hasText: name }).waitFor();
    await page.getByRole("img", { name: new RegExp(`^Ranges of the activations .* of ${name}:`, "u") }).waitFor();
    await page.getByRole("img", { name: new RegExp(`^Histogram of .* output errors of ${name} `, "u") }).waitFor();
  });

  it("says what a figure means where the focus rests", async () => {
    const { workbench } = session();
    const page = await workbench.webview(REPORT);
    const meaning = page.locator(".focus-title").getByText("A diagnostic: accuracy decides.");
    await workbench.pressIn(page.getByText("Agreement", { exact: true }), "Tab", meaning);
  });

  it("can be read with assistive technology in every theme", async () => {
    for (const theme of THEMES) {
      await session().workbench.setTheme(theme);
      await assertAccessible(await session().workbench.webview(REPORT));
    }
  });

  it("does it again as last time, and warns of random numbers", async () => {
    const { workbench } = session();
    await workbench.runCommand(ANALYZE);
    await workbench.quickPick("As last time").waitFor();
    for (const answer of ["Random numbers", "64 samples", "affine:8"]) await workbench.choose(answer);
    const page = await workbench.webview(REPORT);
    await page
      .getByText(/were made with random numbers/u)
      .first()
      .waitFor();
    assert.equal(await fact(page, "Accuracy").count(), 0);
  });
});
