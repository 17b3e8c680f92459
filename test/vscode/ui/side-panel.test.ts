import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { Locator } from "playwright-core";
import { ROOT } from "../host/paths";
import { note } from "../notes";
import { fact } from "./compare";
import { REPORT } from "./quantize";
import { useWorkbench } from "./session";

const MODEL = "mnist-dscnn-bn.onnx";
const OTHER_MODEL = "mnist-lenet5.onnx";
const HEADER = "firmware/mnist-dscnn-bn_weights.h";
const RECIPES = "bitwright.json";
/** With so few bits that it is marked. */
const NOISY = "/3/Conv";
const LAYERS = 10;
const REPORT_TAB = /^Report: /u;
const HOVER_MS = 4000;
/** Within it, a recipe that was saved has run. */
const RUN_MS = 8000;
/** Of a firmware with its libraries. */
const FOLDERS = 100;
const FILES_A_FOLDER = 50;

const recipeOf = (bits: number) => ({
  models: [{ model: `models/${MODEL}`, layers: { [NOISY]: { bits } }, output: { directory: "firmware" } }],
});

type RecipeFile = ReturnType<typeof recipeOf>;

function addSources(folder: string): void {
  for (let module = 0; module < FOLDERS; module++) {
    const path = join(folder, "vendor", `module${module}`);
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < FILES_A_FOLDER; file++) writeFileSync(join(path, `source${file}.c`), "int x;\n");
  }
}

function saveRecipe(folder: string, bits: number): void {
  writeFileSync(join(folder, RECIPES), `${JSON.stringify(recipeOf(bits), undefined, 2)}\n`);
}

describe("The side panel and the C side", () => {
  const session = useWorkbench(({ folder }) => {
    saveRecipe(folder, 4);
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
  const reportInFront = (): Locator => session().workbench.page.getByRole("tab", { name: REPORT_TAB, selected: true });
  const names = async (): Promise<string[]> =>
    Promise.all((await layers().all()).map((item) => item.locator(".label-name").innerText()));

  const lastQuantization = (): Locator => items().filter({ hasText: "Last quantization" });

  /** What the report panel says of the whole model. */
  const sqnr = async (): Promise<string> => fact(await session().workbench.webview(REPORT), "Overall SQNR").innerText();

  const hasBits = (bits: number): boolean =>
    new RegExp(`N3_CONV_WEIGHT_BITS +${bits}`, "u").test(readFileSync(path(HEADER), "utf8"));

  const headerHas = (bits: number): Promise<true> =>
    session().workbench.poll(`a header with ${bits} bits`, () => Promise.resolve(hasBits(bits) || undefined));

  /** A change in the first moments after a reload is lost where files are not watched yet: it is saved again then. */
  const saveUntilRun = async (bits: number): Promise<void> => {
    let savedAt = -Infinity;
    await session().workbench.poll(`a header with ${bits} bits`, () => {
      if (performance.now() - savedAt > RUN_MS) {
        saveRecipe(session().workspace.folder, bits);
        savedAt = performance.now();
      }
      return Promise.resolve(hasBits(bits) || undefined);
    });
  };

  const reload = async (): Promise<void> => {
    const { workbench } = session();
    await workbench.page.reload();
    await workbench.extensionReady();
    await workbench.runCommand("View: Show Bitwright");
    // In front is what was there when VS Code last kept it.
    await workbench.openTab(REPORT_TAB);
  };

  /** Does one of the actions that an entry's menu offers. */
  const act = async (item: Locator, action: string): Promise<void> => {
    const { workbench } = session();
    const entry = workbench.page.locator(".context-view .action-label").filter({ hasText: action }).first();
    await workbench.chooseInMenu(entry, () => item.click({ button: "right" }));
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
    await workbench.expand(model, model.locator(".monaco-tl-twistie"));
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
    const hover = page.locator(".monaco-hover").filter({ hasText: "Show in report" }).first();
    const hoverAnew = async (): Promise<void> => {
      await page.mouse.move(0, 0);
      await word.hover({ timeout: HOVER_MS });
    };
    await workbench.until(hover, hoverAnew);
    const figures = (await hover.innerText()).replaceAll("\u00a0", " ");
    for (const text of [NOISY, "16 scales", "24.3 dB", "symmetric 4-bit channel", "272 of 640 bytes"]) {
      assert.ok(figures.includes(text), `${text} in ${figures}`);
    }
    await workbench.screenshot("hover");
    await workbench.until(reportInFront(), async () => {
      if (!(await hover.isVisible())) await hoverAnew();
      await hover.getByText("Show in report").click({ timeout: HOVER_MS });
    });
    const report = await workbench.webview(REPORT);
    await report.locator("section.detail h2").filter({ hasText: NOISY }).waitFor();
    await workbench.screenshot("from-hover");
  });

  it("has lenses in the header that open the chart", async () => {
    const { workbench } = session();
    await workbench.openFile(HEADER);
    await lens("Open Report").waitFor();
    await workbench.goTo(110, 1);
    await lens("symmetric 8-bit channel").waitFor();
    await workbench.screenshot("lenses");
    await workbench.click(lens("48.8 dB"), reportInFront());
    const report = await workbench.webview(REPORT);
    await report.locator("section.detail h2").filter({ hasText: "/0/Conv" }).waitFor();
  });

  it("writes other bits of a layer into the recipe, and runs it", async () => {
    const { workbench } = session();
    await workbench.openView("Bitwright");
    await act(layer(NOISY), "Change Bits…");
    await workbench.choose("8 bits");
    await layer(NOISY).filter({ hasText: "symmetric 8-bit channel" }).waitFor();
    const { models } = JSON.parse(readFileSync(path(RECIPES), "utf8")) as RecipeFile;
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

  it("has one report of a recipe: edited by hand, its last run is what the report panel shows", async () => {
    const { workbench } = session();
    await workbench.openTab(REPORT_TAB);
    const before = await sqnr();
    await workbench.openFile(`models/${OTHER_MODEL}`);
    await workbench.webview(OTHER_MODEL);
    saveRecipe(session().workspace.folder, 4);
    await headerHas(4);
    await workbench.openView("Bitwright");
    await layer(NOISY).filter({ hasText: "symmetric 4-bit channel" }).waitFor();
    await workbench.openTab(REPORT_TAB);
    await workbench.poll("the figures of the last run", async () => ((await sqnr()) === before ? undefined : true));
    assert.equal(await lastQuantization().count(), 0);
  });

  it("knows the layers again when the window is reloaded", async () => {
    const { workbench } = session();
    await recipe().filter({ hasText: "up to date" }).waitFor();
    const bytes = await recipe().innerText();
    await reload();
    await recipe().filter({ hasText: "up to date · " }).waitFor();
    assert.equal(await recipe().innerText(), bytes);
    await layers()
      .nth(LAYERS - 1)
      .waitFor();
    await layer(NOISY).filter({ hasText: "symmetric 4-bit channel" }).waitFor();
    assert.equal(await lastQuantization().count(), 0);
    await workbench.screenshot("reloaded");
  });

  it("shows the last run where the window is reloaded right after a change", async () => {
    const { workbench } = session();
    const before = await sqnr();
    await saveUntilRun(2);
    await reload();
    await recipe().filter({ hasText: "up to date · " }).waitFor();
    await layer(NOISY).filter({ hasText: "symmetric 2-bit channel" }).waitFor();
    await layers()
      .nth(LAYERS - 1)
      .waitFor();
    await workbench.poll("the figures of the last run", async () => ((await sqnr()) === before ? undefined : true));
    assert.equal(await lastQuantization().count(), 0);
    await workbench.screenshot("reloaded-at-once");
  });
});
