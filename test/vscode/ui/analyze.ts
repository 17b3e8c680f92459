/** Analyzing noise as a person does it: from the palette, on digits that the workspace holds. */
import type { Frame } from "playwright-core";
import { IMAGES, LABELS } from "../host/digits";
import type { Workbench } from "../host/workbench";
import { REPORT } from "./quantize";

export const ANALYZE = "Bitwright: Analyze Noise…";

/** Analyzes the model in view on 64 digits, ÷255, affine:8. Returns the report's page. */
export async function analyzeByPalette(workbench: Workbench): Promise<Frame> {
  await workbench.runCommand(ANALYZE);
  for (const answer of [`data/${IMAGES}`, `data/${LABELS}`, "64 samples", "0…1 (÷255)", "affine:8"]) {
    await workbench.choose(answer);
  }
  const page = await workbench.webview(REPORT);
  await page.getByRole("img", { name: /^Grouped bar chart/u }).waitFor();
  return page;
}
