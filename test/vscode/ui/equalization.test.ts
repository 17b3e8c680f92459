import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { EQUALIZATION_PANEL } from "../../../src/extension/identifiers";
import { addDigits } from "../host/digits";
import { ROOT } from "../host/paths";
import { THEMES } from "../themes";
import { assertAccessible } from "./accessibility";
import { fact } from "./compare";
import { compareEqualizationByPalette, DIGITS, EQUALIZATION } from "./equalization";
import { QUANTIZE, REPORT } from "./quantize";
import { useWorkbench } from "./session";
import { numbersIn, rows, selectedNames, sortBy, table } from "./tables";

const MODEL = "mnist-dscnn-bn.onnx";
const NETWORK = "The network, by equalization and bias correction";
const OUTCOMES = ["none", "one-step", "two-step", "cle"].flatMap((name) => [name, `${name} + empirical`]);

describe("Equalization", () => {
  const session = useWorkbench(() => Promise.resolve({ name: "equalization", extension: ROOT }));

  it("quantizes with equalization, chosen among the options, on data that it asks for", async () => {
    const { workbench, workspace } = session();
    addDigits(workspace.folder, 64);
    await workbench.extensionReady();
    await workbench.openFile(`models/${MODEL}`);
    await (await workbench.webview(MODEL)).getByRole("heading", { name: MODEL }).waitFor();
    await workbench.runCommand(QUANTIZE);
    for (const answer of ["symmetric", "8 bits", "Per tensor", "More options…"]) await workbench.choose(answer);
    for (const answer of ["equalize", "two-step", "biasCorrection", "empirical", "Done"])
      await workbench.choose(answer);
    await workbench.choose("firmware/");
    for (const answer of DIGITS) await workbench.choose(answer);
    const page = await workbench.webview(REPORT);
    await page.getByRole("img", { name: /^Weights of the layer/u }).waitFor();
    const header = readFileSync(join(workspace.folder, "firmware", "mnist-dscnn-bn_weights.h"), "utf8");
    assert.match(header, /two-step/u);
  });

  it("shows a layer's ranges before and after, and the scale of every channel", async () => {
    const { workbench } = session();
    const page = await workbench.webview(REPORT);
    await sortBy(table(page, "Layers"), "#");
    const first = await rows(table(page, "Layers")).first().locator("button.name").innerText();
    const heading = page.locator("section.detail h2").filter({ hasText: first });
    await workbench.pressIn(page.getByRole("img", { name: /^Grouped bar chart/u }), "Home", heading);
    const detail = page.getByRole("region", { name: "Equalization", exact: true });
    await detail.getByText(/^two-step: output channels multiplied by \d/u).waitFor();
    for (const name of [
      /^Weights of the layer,/u,
      /^Activations of the layer,/u,
      /^Weights that read it,/u,
      /^Scales/u,
    ]) {
      const picture = detail.getByRole("img", { name });
      assert.match((await picture.getAttribute("aria-label")) ?? "", new RegExp(first.replaceAll("/", "\\/"), "u"));
      assert.ok(((await picture.boundingBox())?.height ?? 0) > 50);
    }
    await detail.getByText("Scales and ranges as a table").click();
    const channels = table(page, /^Largest magnitudes in the channels/u);
    await rows(channels).first().waitFor();
    await sortBy(channels, "Scale");
    const [scales, before, after] = await Promise.all(
      ["scale", "weights-before", "weights-after"].map((column) => numbersIn(channels, column)),
    );
    assert.ok(scales.length > 8 && scales[scales.length - 1] > scales[0]);
    scales.forEach((scale, row) => {
      assert.ok(Math.abs(after[row] - before[row] * scale) < 0.02 * after[row], `row ${String(row)}`);
    });
  });

  it("says why a layer was left", async () => {
    const { workbench } = session();
    const page = await workbench.webview(REPORT);
    const reason = page.getByText(/^Not equalized: .* is an output of the model\./u);
    await workbench.pressIn(page.getByRole("img", { name: /^Grouped bar chart/u }), "End", reason);
  });

  it("tries another equalization without writing, and shows the difference", async () => {
    const { workbench, workspace } = session();
    const folder = join(workspace.folder, "firmware");
    const written = readFileSync(join(folder, "mnist-dscnn-bn_weights.c"), "utf8");
    const page = await workbench.webview(REPORT);
    await page.getByText("Try another equalization").click();
    await page.getByLabel("Method").selectOption("none");
    await page.getByLabel("Dead channels").selectOption("keep");
    await page.getByLabel("Bias correction").selectOption("none");
    await page.getByText("Try It").click();
    await page.getByRole("heading", { name: /^Tried: no equalization, dead channels kept/u }).waitFor();
    assert.match(await fact(page, "SQNR of single layers").innerText(), /^−\d+\.\d dB/u);
    await page.getByText("Layers as a table").click();
    const tried = table(page, "SQNR of single layers");
    await rows(tried).first().waitFor();
    const [shown, now] = await Promise.all(
      ["weights-shown", "weights-tried"].map((column) => numbersIn(tried, column)),
    );
    assert.equal(shown.length, await rows(table(page, /^Layers:/u)).count());
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    assert.ok(mean(now) < mean(shown) - 1);
    assert.equal(readFileSync(join(folder, "mnist-dscnn-bn_weights.c"), "utf8"), written);
    assert.equal(readdirSync(folder).length, 2);
  });

  it("can be read with assistive technology in every theme, the report with its trial", async () => {
    for (const theme of THEMES) {
      await session().workbench.setTheme(theme);
      await assertAccessible(await session().workbench.webview(REPORT));
    }
  });

  it("compares them all in one run, and chooses the best", async () => {
    const { workbench } = session();
    const page = await compareEqualizationByPalette(workbench);
    const network = table(page, NETWORK);
    const names = await network.locator("tbody button.name").allInnerTexts();
    assert.deepEqual(names, OUTCOMES);
    assert.equal((await selectedNames(network)).length, 1);
    const mean = await numbersIn(network, "mean-both");
    assert.ok(mean[names.indexOf("two-step")] > mean[names.indexOf("none")]);
    await sortBy(network, "Output SQNR");
  });

  it("moves from layer to layer with the keys, and shows any of the three ratios", async () => {
    const { workbench } = session();
    const page = await workbench.webview(EQUALIZATION);
    const chart = page.getByRole("img", { name: /^Line chart/u });
    await workbench.pressIn(chart, "End", page.getByText(/^\/29\/Gemm: none .* bound \d+\.\d dB$/u));
    await workbench.pressIn(chart, "Home", page.getByText(/^\/0\/Conv: none .* bound \d+\.\d dB$/u));
    await page.getByLabel("weights alone").check();
    await page.getByRole("img", { name: /^Line chart .* weights alone\./u }).waitFor();
    await page.getByText("Layers as a table").click();
    const layers = table(page, "SQNR of single layers: weights alone");
    await rows(layers).first().waitFor();
    assert.equal(await rows(layers).count(), 10);
    const [none, twoStep] = await Promise.all(["none", "two-step"].map((column) => numbersIn(layers, column)));
    assert.notDeepEqual(none, twoStep);
  });

  it("can be read with assistive technology in every theme, the comparison", async () => {
    for (const theme of THEMES) {
      await session().workbench.setTheme(theme);
      await assertAccessible(await session().workbench.webview(EQUALIZATION));
    }
  });

  it("comes back as it was left when the window is reloaded", async () => {
    const { workbench } = session();
    const page = await workbench.webview(EQUALIZATION);
    const network = table(page, NETWORK);
    await network.getByRole("button", { name: "one-step", exact: true }).click();
    await workbench.poll("the outcome chosen", async () =>
      (await selectedNames(network)).join() === "one-step" ? true : undefined,
    );
    const chosen = OUTCOMES.indexOf("one-step");
    await workbench.stateKept(EQUALIZATION_PANEL, new RegExp(`"outcome":${String(chosen)}\\b`, "u"));
    await workbench.page.reload();
    await workbench.extensionReady();
    const again = await workbench.webview(EQUALIZATION);
    await again.getByRole("img", { name: /^Line chart .* weights alone\./u }).waitFor();
    const selected = table(again, NETWORK).locator("[aria-current=true]");
    await selected.filter({ hasText: /^one-step$/u }).waitFor();
    await again.getByText(/^\/0\/Conv: none/u).waitFor();
    assert.equal(await rows(table(again, "SQNR of single layers: weights alone")).count(), 10);
    await workbench.screenshot("reloaded");
  });

  it("exports, and quantizes with an outcome", async () => {
    const { workbench, workspace } = session();
    const page = await workbench.webview(EQUALIZATION);
    await page.getByText("Export CSV…").click();
    await workbench.acceptFileDialog("Export Layer Table");
    const csv = await workbench.fileWritten(join(workspace.folder, "models", "mnist-dscnn-bn-equalization.csv"));
    const lines = csv.toString("utf8").trimEnd().split("\r\n");
    assert.equal(lines.length, 1 + 4 * 10 + 8);
    await table(page, NETWORK).getByRole("button", { name: "cle + empirical", exact: true }).click();
    await page.getByText("Quantize with This…").click();
    await workbench.choose("firmware/");
    const report = await workbench.webview(REPORT);
    const chart = report.getByRole("img", { name: /^Grouped bar chart/u });
    await workbench.pressIn(chart, "Home", report.getByText(/^cle: output channels/u));
    const header = readFileSync(join(workspace.folder, "firmware", "mnist-dscnn-bn_weights.h"), "utf8");
    assert.match(header, /"cle"/u);
  });
});
