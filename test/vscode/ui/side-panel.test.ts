import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { Locator } from "playwright-core";
import { ROOT } from "../host/paths";
import { note } from "../notes";
import { REPORT } from "./quantize";
import { useWorkbench } from "./session";

const MODEL = "mnist-dscnn-bn.onnx";
const HEADER = "firmware/mnist-dscnn-bn_weights.h";
const RECIPES = "bitwright.json";
/** With so few bits that it is marked. */
const NOISY = "/3/Conv";
const LAYERS = 10;
const MENU_MS = 400;
const OFFERED_MS = 3000;
/** Of a firmware with its libraries. */
const FOLDERS = 100;
const FILES_A_FOLDER = 50;

const RECIPE = {
  models: [{ model: `models/${MODEL}`, layers: { [NOISY]: { bits: 4 } }, output: { directory: "firmware" } }],
};

function addSources(folder: string): void {
  for (let module = 0; module < FOLDERS; module++) {
    const path = join(folder, "vendor", `module${module}`);
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < FILES_A_FOLDER; file++) writeFileSync(join(path, `source${file}.c`), "int x;\n");
  }
}

describe("The side panel and the C side", () => {
  const session = useWorkbench(({ folder }) => {
    writeFileSync(join(folder, RECIPES), `${JSON.stringify(RECIPE, undefined, 2)}\n`);
    addSources(folder);
    return Promise.resolve({ name: "side-panel", extension: ROOT });
  });

  const path = (name: string): string => join(session().workspace.folder, name);
  const items = (): Locator => session().workbench.treeItems("Models");
  const layers = (): Locator => items().and(session().workbench.page.locator('[aria-level="3"]'));
  const layer = (name: string): Locator => layers().filter({ hasText: name });
  const recipe = (): Locator => items().filter({ hasText: "→ firmware" });
  const lens = (text: string): Locator =>
    session().workbench.page.locator(".codelens-decoration a").filter({ hasText: text }).first();
  const names = async (): Promise<string[]> =>
    Promise.all((await layers().all()).map((item) => item.locator(".label-name").innerText()));

  /** Does one of the actions that an entry's menu offers. */
  const act = async (item: Locator, action: string): Promise<void> => {
    const { workbench } = session();
    const { page } = workbench;
    const entry = page.locator(".context-view .action-label").filter({ hasText: action }).first();
    // The menu closes, or is that of the entry before, where the panel lists its entries anew at this moment.
    await workbench.poll(`the action ${action}`, async () => {
      await item.click({ button: "right" });
      const offered = entry.waitFor({ timeout: OFFERED_MS }).then(() => true);
      if (await offered.catch(() => false)) {
        // A menu takes no click in its first moments, lest the one that opened it counts twice.
        await page.waitForTimeout(MENU_MS);
        const clicked = entry.click({ timeout: OFFERED_MS }).then(() => true);
        if (await clicked.catch(() => false)) return true;
      }
      await page.keyboard.press("Escape");
      return undefined;
    });
    await entry.waitFor({ state: "hidden" });
  };

  const cursorTo = async (line: number, column: number): Promise<void> => {
    const { page, quickInput } = session().workbench;
    await page.keyboard.press("Control+G");
    await quickInput.fill(`:${line}:${column}`);
    await page.keyboard.press("Enter");
    await quickInput.waitFor({ state: "hidden" });
  };

  it("lists models, their recipes and the layers with what they cost", async () => {
    const { workbench } = session();
    await workbench.poll("the header", () => Promise.resolve(existsSync(path(HEADER)) ? true : undefined));
    const opened = performance.now();
    await workbench.openView("Bitwright");
    const model = items().filter({ hasText: MODEL });
    await model.waitFor();
    const files = FOLDERS * FILES_A_FOLDER;
    note(`models among ${files} files after ${Math.round(performance.now() - opened)} ms`);
    if ((await model.getAttribute("aria-expanded")) !== "true") await model.locator(".monaco-tl-twistie").click();
    await recipe().filter({ hasText: "up to date" }).waitFor();
    await layers()
      .nth(LAYERS - 1)
      .waitFor();
    assert.match(await layer(NOISY).innerText(), /24\.3 dB · symmetric 4-bit channel/u);
    assert.match((await layer(NOISY).getAttribute("aria-label")) ?? "", /^\/3\/Conv, Conv, .*, low/u);
    await layer(NOISY).locator("[class*=bubble], .monaco-decoration-itemBadge, [class*=itemBadge]").first().waitFor();
    await workbench.screenshot("layers");
  });

  it("has no more than the layers that are asked for, in the order that is asked for", async () => {
    const { workbench } = session();
    const inModel = await names();
    await workbench.runCommand("Bitwright: Sort Layers…");
    await workbench.choose("SQNR, lowest first");
    await workbench.poll("the noisiest layer first", async () => ((await names())[0] === NOISY ? true : undefined));
    assert.deepEqual((await names()).sort(), inModel.toSorted());
    await workbench.runCommand("Bitwright: Filter Layers…");
    await workbench.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: "Low SQNR" }).click();
    await workbench.page.locator(".quick-input-widget").getByRole("button", { name: "OK" }).click();
    await workbench.poll("one layer", async () => ((await layers().count()) === 1 ? true : undefined));
    await workbench.page.getByText("Only layers with: low SQNR").waitFor();
    await workbench.screenshot("filtered");
    await workbench.runCommand("Bitwright: Show All Layers");
    await workbench.poll("all layers", async () => ((await layers().count()) === LAYERS ? true : undefined));
    await workbench.runCommand("Bitwright: Sort Layers…");
    await workbench.choose("As in the model");
    await workbench.poll("the model's order", async () =>
      (await names()).join() === inModel.join() ? true : undefined,
    );
  });

  it("shows a layer in generated C, whose names tell its figures and lead back", async () => {
    const { workbench } = session();
    const { page } = workbench;
    await act(layer(NOISY), "Show in C");
    const editor = page.locator(".editor-group-container.active .monaco-editor");
    const word = editor.getByText("mnist_dscnn_bn_n3_conv_weights", { exact: true }).first();
    await word.waitFor();
    await lens("24.3 dB").waitFor();
    await word.hover();
    const hover = page.locator(".monaco-hover").filter({ hasText: "Show in report" }).first();
    await hover.waitFor();
    const figures = (await hover.innerText()).replaceAll("\u00a0", " ");
    for (const text of [NOISY, "16 scales", "24.3 dB", "symmetric 4-bit channel", "272 of 640 bytes"]) {
      assert.ok(figures.includes(text), `${text} in ${figures}`);
    }
    await workbench.screenshot("hover");
    await hover.getByText("Show in report").click();
    const report = await workbench.webview(REPORT);
    await report.locator("section.detail h2").filter({ hasText: NOISY }).waitFor();
    await workbench.screenshot("from-hover");
  });

  it("has lenses in the header that open the chart", async () => {
    const { workbench } = session();
    await workbench.openFile(HEADER);
    await lens("Open Report").waitFor();
    await cursorTo(110, 1);
    await lens("symmetric 8-bit channel").waitFor();
    await workbench.screenshot("lenses");
    await lens("48.8 dB").click();
    const report = await workbench.webview(REPORT);
    await report.locator("section.detail h2").filter({ hasText: "/0/Conv" }).waitFor();
  });

  it("writes other bits of a layer into the recipe, and runs it", async () => {
    const { workbench } = session();
    await workbench.openView("Bitwright");
    await act(layer(NOISY), "Change Bits…");
    await workbench.choose("8 bits");
    await layer(NOISY).filter({ hasText: "symmetric 8-bit channel" }).waitFor();
    const { models } = JSON.parse(readFileSync(path(RECIPES), "utf8")) as typeof RECIPE;
    assert.deepEqual(models[0]?.layers, { [NOISY]: { bits: 8 } });
    await recipe().filter({ hasText: "up to date" }).waitFor();
    assert.match(readFileSync(path(HEADER), "utf8"), /N3_CONV_WEIGHT_BITS +8/u);
    await workbench.screenshot("changed-bits");
    await act(layer("/29/Gemm"), "Keep in Float");
    await layer("/29/Gemm").filter({ hasText: "float (kept)" }).waitFor();
    await act(layer("/29/Gemm"), "Quantize This Layer");
    await layer("/29/Gemm").filter({ hasText: "symmetric 8-bit channel" }).waitFor();
    assert.doesNotMatch(readFileSync(path(RECIPES), "utf8"), /Gemm/u);
  });

  it("knows the layers again when the window is reloaded", async () => {
    const { workbench } = session();
    await workbench.page.reload();
    await workbench.extensionReady();
    await workbench.runCommand("View: Show Bitwright");
    await recipe().filter({ hasText: "bytes" }).waitFor();
    await layers()
      .nth(LAYERS - 1)
      .waitFor();
  });
});
