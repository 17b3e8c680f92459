/** The report page in headless Chromium, with VS Code's colours and without VS Code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { requireChromium } from "../../scripts/support/paths.mjs";
import { importTypeScript, median, printTable, ROOT, row } from "./support.mjs";

const RUNS = 7;
const LAYERS = 150;
const CHANNELS = 4096;

const COLORS = {
  "editor-background": "#1f1f1f",
  foreground: "#cccccc",
  descriptionForeground: "#9d9d9d",
  focusBorder: "#0078d4",
  "charts-blue": "#3794ff",
  "charts-green": "#89d185",
  "charts-lines": "#808080",
  "charts-purple": "#b180d7",
  "charts-yellow": "#cca700",
  "list-errorForeground": "#f88070",
  "list-warningForeground": "#cca700",
  "panel-border": "#2b2b2b",
  "font-family": "sans-serif",
  "font-size": "13px",
};

const bundle = (extension) => readFileSync(join(ROOT, "dist", "webview", `report-page.${extension}`), "utf8");

/** A page as the extension loads it, before it gets data. */
async function openPage(browser) {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  const variables = Object.entries(COLORS).map(([name, value]) => `--vscode-${name}: ${value};`);
  await page.setContent(
    `<html style="${variables.join(" ")}"><style>${bundle("css")}</style><body><main id="page"></main></body></html>`,
  );
  await page.evaluate(() => {
    window.acquireVsCodeApi = () => ({ postMessage: () => {}, getState: () => undefined, setState: () => {} });
  });
  await page.addScriptTag({ content: bundle("js") });
  return page;
}

/** Milliseconds from a message to the frame that shows what it changed. */
function timeToFrame(page, message) {
  return page.evaluate(
    (data) =>
      new Promise((resolve) => {
        const start = performance.now();
        window.dispatchEvent(new window.MessageEvent("message", { data }));
        // The frame is drawn after its callbacks; a message posted from there arrives behind it.
        window.requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
      }),
    message,
  );
}

export async function run() {
  const { reportSnapshot } = await importTypeScript("test/bench/report-snapshots.ts");
  const many = await reportSnapshot(Array.from({ length: LAYERS }, () => 64));
  const wide = await reportSnapshot([64, CHANNELS]);
  const browser = await chromium.launch({ executablePath: requireChromium(), args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const paints = [];
    const channels = [];
    for (let count = 0; count < RUNS; count++) {
      const page = await openPage(browser);
      paints.push(await timeToFrame(page, many));
      await timeToFrame(page, wide);
      channels.push(await timeToFrame(page, { kind: "select", layer: 1 }));
      await page.close();
    }
    printTable("Report page, headless Chromium", [
      row(`first paint with ${LAYERS} layers, after its data`, median(paints), "ms", 300),
      row(`a layer of ${CHANNELS} channels selected: charts and figures`, median(channels), "ms", 100),
    ]);
  } finally {
    await browser.close();
  }
}
