import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, it } from "mocha";
import type { Frame } from "playwright-core";
import { COMPARISON_PANEL, REPORT_COMPARISON_PANEL, REPORT_PANEL } from "../../../src/extension/identifiers";
import { ROOT } from "../host/paths";
import { THEMES } from "../themes";
import { assertAccessible } from "./accessibility";
import { compareByPalette, COMPARISON, fact } from "./compare";
import { quantizeByPalette, REPORT } from "./quantize";
import { COMPARE_REPORTS, REPORTS } from "./reports";
import { useWorkbench } from "./session";
import { numbersIn, rows, selectedNames, sortBy, table } from "./tables";

const MODEL = "mnist-dscnn-bn.onnx";

const REPORT_TAB = /^Report: /u;

/** A choice of candidates that is not the same for all layers. */
const MIXTURE = /"chosen":\[(?<first>\d+)(?:,\k<first>\b)*,(?!\k<first>\b)\d/u;

describe("The report panel", () => {
  const session = useWorkbench(() => Promise.resolve({ name: "report", extension: ROOT }));

  const exported = async (file: string, format: string, dialog = "Export Report"): Promise<string> => {
    const { workbench, workspace } = session();
    await workbench.choose(format);
    await workbench.acceptFileDialog(dialog);
    return (await workbench.fileWritten(join(workspace.folder, file))).toString("utf8");
  };

  const sqnrOrder = async (page: Frame): Promise<string> =>
    (await numbersIn(table(page, "Layers"), "sqnr")).slice(0, 5).join();

  it("quantizes the same model twice", async () => {
    const { workbench } = session();
    await workbench.extensionReady();
    await workbench.openFile(`models/${MODEL}`);
    await workbench.webview(MODEL);
    await quantizeByPalette(workbench);
    await workbench.notified("Wrote 2 files");
    const page = await quantizeByPalette(workbench, "4 bits");
    await page.getByText("symmetric 4-bit channel").first().waitFor();
    await workbench.notified("Wrote 2 files");
  });

  it("shows the definition of a figure, by the keyboard, and gives the focus back", async () => {
    const { workbench } = session();
    const page = await workbench.webview(REPORT);
    const name = page.getByRole("button", { name: "Overall SQNR" });
    const dialog = page.getByRole("dialog", { name: "Overall SQNR" });
    await workbench.pressIn(name, "Enter", dialog);
    await dialog.getByText("10 · log10(Σw² / Σ(w − ŵ)²) dB").waitFor();
    await assertAccessible(page);
    await workbench.screenshot("definition");
    await workbench.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.locator(":focus").filter({ hasText: "Overall SQNR" }).waitFor();
    await page.getByRole("button", { name: "What the columns mean" }).first().click();
    await page.getByRole("dialog").getByText("Excess kurtosis").waitFor();
    await page.getByRole("button", { name: "Close" }).click();
  });

  it("keeps sort, selected layer, open tables and place when it is hidden and when the window is reloaded", async () => {
    const { workbench } = session();
    let page = await workbench.webview(REPORT);
    await sortBy(table(page, "Layers"), "SQNR");
    const order = await sqnrOrder(page);
    await rows(table(page, "Layers")).nth(3).locator("button.name").click();
    const selected = await selectedNames(table(page, "Layers"));
    await page.getByText("Distribution as a table").click();
    await table(page, /^Weights of/u).waitFor();
    await page.evaluate("window.scrollTo(0, 300)");
    await workbench.stateKept(REPORT_PANEL, /"scroll":300\b/u);
    const isAsLeft = async (): Promise<void> => {
      await workbench.openTab(REPORT_TAB);
      page = await workbench.webview(REPORT);
      await table(page, /^Weights of/u).waitFor();
      assert.equal(await sqnrOrder(page), order);
      assert.deepEqual(await selectedNames(table(page, "Layers")), selected);
      await workbench.poll("the place", async () =>
        Math.abs(Number(await page.evaluate("window.scrollY")) - 300) < 2 ? true : undefined,
      );
    };
    await workbench.openFile(`models/${MODEL}`);
    await workbench.webview(MODEL);
    await isAsLeft();
    await workbench.page.reload();
    await workbench.extensionReady();
    await isAsLeft();
  });

  it("compares with the run before, and says what is better and worse in words, signs and marks", async () => {
    const { workbench } = session();
    const report = await workbench.webview(REPORT);
    await report.getByText("Compare With…").click();
    await workbench.choose(`${MODEL}: symmetric 8-bit channel`);
    const page = await workbench.webview(REPORTS);
    await page.getByRole("heading", { name: `${MODEL}: before and after` }).waitFor();
    const flash = rows(table(page, "The whole model")).first();
    assert.match(await flash.innerText(), /Flash\s+[\d.]+ KiB\s+[\d.]+ KiB\s+✓ −[\d.]+ KiB/u);
    const layers = table(page, "Layers");
    const sqnr = layers.locator("tbody .sqnr-change");
    for (const text of await sqnr.allInnerTexts()) assert.match(text, /^✗ −\d+\.\d dB/u);
    assert.equal(await sqnr.first().locator(".visually-hidden").innerText(), ", worse");
    await sortBy(layers, "SQNR before");
    const before = await numbersIn(layers, "sqnr-before");
    assert.deepEqual(
      before,
      before.toSorted((a, b) => a - b),
    );
    await workbench.screenshot("comparison");
  });

  it("can be read with assistive technology in every theme", async () => {
    const { workbench } = session();
    for (const theme of THEMES) {
      await workbench.setTheme(theme);
      await assertAccessible(await workbench.webview(REPORTS));
      await workbench.screenshot(`comparison-${theme}`);
    }
    await workbench.setTheme(THEMES[0]);
  });

  it("exports the comparison as one HTML file that runs nothing and that a browser shows", async () => {
    const { workbench, workspace } = session();
    const page = await workbench.webview(REPORTS);
    await page.getByText("Export…").click();
    const html = await exported(join("models", "mnist-dscnn-bn-comparison.html"), "HTML");
    assert.doesNotMatch(html, /<script/u);
    const browser = await workbench.blankPage();
    const requests: string[] = [];
    browser.on("request", (request) => requests.push(request.url()));
    const complaints: string[] = [];
    browser.on("console", (message) => complaints.push(message.text()));
    const url = pathToFileURL(join(workspace.folder, "models", "mnist-dscnn-bn-comparison.html")).href;
    await browser.goto(url);
    await browser.getByRole("img", { name: /^Bar chart/u }).waitFor();
    assert.deepEqual(requests, [url]);
    assert.deepEqual(complaints, []);
    await browser.close();
  });

  it("comes back after a reload with the same comparison", async () => {
    const { workbench } = session();
    await workbench.stateKept(REPORT_COMPARISON_PANEL, /"sources":\{.*"column":"sqnr-before"/u);
    await workbench.page.reload();
    await workbench.extensionReady();
    const page = await workbench.webview(REPORTS);
    await page.getByRole("heading", { name: `${MODEL}: before and after` }).waitFor();
    assert.match(await page.locator(".sides").innerText(), /symmetric 8-bit channel[\s\S]*symmetric 4-bit channel/u);
    await page.getByText("Swap").click();
    await page
      .locator(".sides")
      .getByText(/symmetric 8-bit channel · Quantization 1/u)
      .waitFor();
    await workbench.poll("both sides to be swapped", async () =>
      /symmetric 4-bit channel[\s\S]*symmetric 8-bit channel/u.test(await page.locator(".sides").innerText())
        ? true
        : undefined,
    );
  });

  it("compares reports that the command line wrote", async () => {
    const { workbench, workspace } = session();
    const args = [join(ROOT, "dist", "cli.js"), "quantize", join(workspace.folder, "models", MODEL)];
    for (const bits of ["8", "3"]) {
      const report = join(workspace.folder, `report-${bits}.json`);
      const out = join(workspace.folder, `out-${bits}`);
      execFileSync(process.execPath, [...args, "--bits", bits, "--out", out, "--report", report]);
    }
    await workbench.runCommand(COMPARE_REPORTS);
    await workbench.choose("report-3.json");
    await workbench.page.locator(".quick-input-title").getByText("Compare Reports: Before").waitFor();
    await workbench.choose("report-8.json");
    const page = await workbench.webview(REPORTS);
    const sides = page.locator(".sides");
    await sides.getByText("symmetric 3-bit channel · report-3.json").waitFor();
    await sides.getByText("symmetric 8-bit channel · report-8.json").waitFor();
  });

  it("exports the report as Markdown for a pull request", async () => {
    const { workbench } = session();
    await workbench.openTab(REPORT_TAB);
    await workbench.webview(REPORT);
    await workbench.runCommand("Bitwright: Export Report…");
    const markdown = await exported(join("models", "mnist-dscnn-bn-report.md"), "Markdown");
    assert.match(markdown, /^<!-- Generated by Bitwright -->\n\n### mnist-dscnn-bn\.onnx\n/u);
    assert.match(markdown, /\| `\/0\/Conv` \| Conv \| symmetric 4-bit channel \| \d+\.\d dB \|/u);
  });

  it("restores the comparison of schemes, with the choice that was made in it", async () => {
    const { workbench } = session();
    let page = await compareByPalette(workbench);
    await page.locator("tbody tr").nth(2).locator("td.choosable").nth(0).click();
    const choice = fact(page, "Your choice").filter({ hasText: "×" });
    const text = await choice.innerText();
    await workbench.stateKept(COMPARISON_PANEL, MIXTURE);
    await workbench.page.reload();
    await workbench.extensionReady();
    page = await workbench.webview(COMPARISON);
    await page.getByRole("grid").waitFor();
    assert.equal(await fact(page, "Your choice").innerText(), text);
  });
});
