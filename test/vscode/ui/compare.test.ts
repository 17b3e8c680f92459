import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { Locator } from "playwright-core";
import { readRecipeFile } from "../../../src/runtime/recipe-file";
import { ROOT } from "../host/paths";
import { THEMES } from "../themes";
import { assertAccessible } from "./accessibility";
import { cell, compareByPalette, COMPARISON, fact, grid } from "./compare";
import { REPORT } from "./quantize";
import { useWorkbench } from "./session";
import { numbersIn, rows, sortBy, table } from "./tables";

const MODEL = "mnist-dscnn-bn.onnx";

describe("Comparing schemes", () => {
  const session = useWorkbench(() => Promise.resolve({ name: "compare", extension: ROOT }));

  const bytesChosen = async (): Promise<number> => {
    const page = await session().workbench.webview(COMPARISON);
    const text = await fact(page, "Flash").innerText();
    return Number(/([\d,]+) bytes/u.exec(text)?.[1].replaceAll(",", ""));
  };

  it("shows every layer under every suggested candidate, and says that it is about weights only", async () => {
    const { workbench } = session();
    await workbench.extensionReady();
    await workbench.openFile(`models/${MODEL}`);
    const model = await workbench.webview(MODEL);
    await model.getByRole("heading", { name: MODEL }).waitFor();
    const layers = await rows(table(model, /layers$/u)).count();
    const page = await compareByPalette(workbench);
    assert.equal(await rows(grid(page)).count(), layers);
    const first = await cell(page, 0, 0).innerText();
    assert.match(first, /(?:\d+\.\d dB|exact)\s+[\d.]+ (?:B|KiB)$/u);
    await page.getByText("Weights only").waitFor();
  });

  it("moves with the arrow keys and chooses with Enter and Space", async () => {
    const { workbench } = session();
    const page = await workbench.webview(COMPARISON);
    const focused = (of: Locator): Locator => of.and(page.locator(":focus"));
    const chosen = (of: Locator): Locator => of.and(page.locator("[aria-selected=true]"));
    await workbench.click(cell(page, 0, 0), chosen(cell(page, 0, 0)));
    await workbench.pressIn(cell(page, 0, 0), "ArrowDown", focused(cell(page, 1, 0)));
    await workbench.pressIn(cell(page, 1, 0), "ArrowRight", focused(cell(page, 1, 1)));
    await workbench.pressIn(cell(page, 1, 1), "Enter", chosen(cell(page, 1, 1)));
    const forAll = grid(page).locator("tfoot [data-candidate]");
    await workbench.pressIn(cell(page, 1, 1), "Control+End", focused(forAll.last()));
    await workbench.pressIn(forAll.last(), "Home", focused(forAll.first()));
    await workbench.pressIn(forAll.first(), "Space", chosen(cell(page, 1, 0)));
    await fact(page, "Your choice")
      .filter({ hasText: /for all layers$/u })
      .waitFor();
  });

  it("turns a budget into a mixture that fits, and refuses one that nothing fits", async () => {
    const { workbench } = session();
    const page = await workbench.webview(COMPARISON);
    const field = page.getByLabel("Flash budget, bytes");
    const slider = page.getByRole("slider", { name: "Flash budget" });
    const [smallest, best] = [await slider.getAttribute("min"), await slider.getAttribute("max")].map(Number);
    const budget = Math.round((smallest + best) / 2);
    await field.fill(String(budget));
    await field.press("Tab");
    await fact(page, "Your choice").filter({ hasText: "×" }).waitFor();
    const bytes = await workbench.poll(`a choice for ${budget} bytes`, async () => {
      const now = await bytesChosen();
      return now <= budget ? now : undefined;
    });
    assert.ok(bytes > smallest, String(bytes));
    await field.fill("1");
    await field.press("Tab");
    await page.getByRole("alert").filter({ hasText: "more than 1" }).waitFor();
    assert.equal(await bytesChosen(), bytes);
  });

  it("sorts the layers by a candidate's SQNR", async () => {
    const page = await session().workbench.webview(COMPARISON);
    const label = (await grid(page).locator("thead button").nth(2).innerText()).trim();
    await sortBy(grid(page), label);
    const column = await numbersIn(grid(page), "candidate-0");
    assert.deepEqual(
      column,
      column.toSorted((a, b) => a - b),
    );
  });

  it("can be read with assistive technology in every theme", async () => {
    const { workbench } = session();
    for (const theme of THEMES) {
      await workbench.setTheme(theme);
      await assertAccessible(await workbench.webview(COMPARISON));
    }
  });

  it("saves the choice as a recipe that the command line takes, and opens it", async () => {
    const { workbench, workspace } = session();
    const page = await workbench.webview(COMPARISON);
    await page.getByText("Save as Recipe").click();
    const file = join(workspace.folder, "bitwright.json");
    await workbench.fileWritten(file);
    await workbench.page.getByRole("tab", { name: "bitwright.json" }).waitFor();
    const { recipes } = readRecipeFile(workspace.folder);
    assert.deepEqual(
      recipes.map(({ model }) => model),
      [`models/${MODEL}`],
    );
    assert.ok(Object.keys(recipes[0].layers).length > 0);
  });

  it("quantizes with the choice", async () => {
    const { workbench, workspace } = session();
    await workbench.openTab(COMPARISON);
    const page = await workbench.webview(COMPARISON);
    const [flash] = (await fact(page, "Flash").innerText()).split("\n");
    await page.getByText("Quantize with This…").click();
    await workbench.choose("firmware/");
    const report = await workbench.webview(REPORT);
    await report.getByText(/^\d+ schemes$/u).waitFor();
    assert.ok((await fact(report, "Flash").innerText()).startsWith(flash), flash);
    assert.ok(existsSync(join(workspace.folder, "firmware", "mnist-dscnn-bn_weights.h")));
  });
});
