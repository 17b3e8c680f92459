/** Renders extension.svg to bitwright.png, which the marketplace wants: `node media/icons/render.mjs [CHROMIUM]`. */
import { readFileSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";

const here = (name) => new URL(name, import.meta.url);
const browser = await chromium.launch({
  executablePath: process.argv[2] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const page = await browser.newPage({ viewport: { width: 128, height: 128 } });
await page.setContent(`<style>body{margin:0}svg{display:block}</style>${readFileSync(here("extension.svg"), "utf8")}`);
writeFileSync(here("bitwright.png"), await page.screenshot({ omitBackground: true }));
await browser.close();
