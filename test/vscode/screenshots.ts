/** Writes the README's pictures: model editor, side panel, report, noise, comparisons and training in four themes. `node out/test/screenshots.js FOLDER` */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./host/paths";
import { addDigits } from "./host/digits";
import { Workbench } from "./host/workbench";
import { createWorkspace } from "./host/workspace";
import { THEMES, type Theme } from "./themes";
import { analyzeByPalette } from "./ui/analyze";
import { compareByPalette, COMPARISON } from "./ui/compare";
import { quantizeByPalette, REPORT } from "./ui/quantize";
import { COMPARE_REPORTS, REPORTS } from "./ui/reports";
import { trainByPalette, TRAINING, underWay } from "./ui/training";

const MODEL = "mnist-dscnn-bn.onnx";
/** A middle layer with the features that the report explains. */
const LAYER = 4;
/** For what has no end of its own that could be waited for: fades of focus borders, scroll bars and hovers. */
const SETTLE_MS = 600;
/** Wide and high enough for the table beside the selected layer, and for its histogram. */
const TALL = { width: 1720, height: 1350 };
const WIDE = { width: 1720, height: 980 };

async function takePictures(folder: string): Promise<void> {
  const workspace = createWorkspace();
  addDigits(workspace.folder, 512);
  const workbench = await Workbench.open({ name: "screenshots", folder: workspace.folder, extension: ROOT });
  const inAllThemes = async (subject: string, show: () => Promise<unknown>): Promise<void> => {
    for (const theme of THEMES) {
      await workbench.setTheme(theme);
      await show();
      await picture(workbench, join(folder, fileName(subject, theme)));
    }
  };
  try {
    await workbench.extensionReady();
    await workbench.openFile(`models/${MODEL}`);
    await inAllThemes("model-editor", async () => {
      const page = await workbench.webview(MODEL);
      await page.getByRole("table").first().waitFor();
    });
    await compareByPalette(workbench);
    await inAllThemes("comparison", async () => {
      await (await workbench.webview(COMPARISON)).getByRole("grid").waitFor();
    });
    await quantizeByPalette(workbench, "4 bits");
    await quantizeByPalette(workbench);
    await workbench.page.setViewportSize(TALL);
    await workbench.runCommand("Notifications: Clear All Notifications");
    await workbench.openView("Bitwright");
    await inAllThemes("report", async () => {
      const page = await workbench.webview(REPORT);
      await page.locator("canvas").first().waitFor();
      await workbench.layerItems().nth(LAYER).click();
    });
    await workbench.runCommand(COMPARE_REPORTS);
    await workbench.choose(`${MODEL}: symmetric 4-bit channel`);
    await inAllThemes("report-comparison", async () => {
      await (await workbench.webview(REPORTS)).getByRole("img", { name: /^Bar chart/u }).waitFor();
    });
    await workbench.page.getByRole("tab", { name: /^Report: / }).click();
    await analyzeByPalette(workbench);
    await workbench.runCommand("Notifications: Clear All Notifications");
    await inAllThemes("noise", async () => {
      const page = await workbench.webview(REPORT);
      await page.getByRole("img", { name: /^Grouped bar chart/u }).waitFor();
      await workbench.layerItems().nth(LAYER).click();
    });
    await workbench.page.setViewportSize(WIDE);
    await workbench.runCommand("View: Close All Editors");
    await workbench.openFile(`models/${MODEL}`);
    await (await workbench.webview(MODEL)).getByRole("heading", { name: MODEL }).waitFor();
    await underWay(await trainByPalette(workbench, { epochs: "10 epochs" }));
    await (await workbench.webview(TRAINING)).getByRole("button", { name: "Pause" }).click();
    await (await workbench.webview(TRAINING)).getByText("Paused", { exact: true }).waitFor();
    await inAllThemes("training", async () => {
      const page = await workbench.webview(TRAINING);
      await page.getByRole("img", { name: /^Bar chart of the SQNR/u }).focus();
      await workbench.page.keyboard.press("End");
      await page.getByRole("img", { name: /^Histogram of .* \/29\/Gemm/u }).waitFor();
    });
  } catch (error) {
    await workbench.screenshotOfFailure("end");
    throw error;
  } finally {
    await workbench.close();
    workspace.remove();
  }
}

/** Without the pointer's hover. */
async function picture(workbench: Workbench, path: string): Promise<void> {
  await workbench.page.mouse.move(0, 0);
  await workbench.page.waitForTimeout(SETTLE_MS);
  await workbench.page.screenshot({ path, animations: "disabled", caret: "hide" });
}

function fileName(subject: string, theme: Theme): string {
  return `${subject}-${theme.toLowerCase().replaceAll(" ", "-")}.png`;
}

const folder = process.argv.at(2);
if (folder === undefined) throw new Error("usage: screenshots.js FOLDER");
mkdirSync(folder, { recursive: true });
takePictures(folder).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
