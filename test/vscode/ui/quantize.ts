/** The main job as a person does it: from the palette, question by question. */
import type { Frame } from "playwright-core";
import type { Workbench } from "../host/workbench";

export const QUANTIZE = "Bitwright: Quantize Model…";
export const REPORT = "Quantization Report";

/** Quantizes the model in view: symmetric, 8 bits, per channel, into firmware/. Returns the report's page. */
export async function quantizeByPalette(workbench: Workbench): Promise<Frame> {
  await workbench.runCommand(QUANTIZE);
  for (const answer of ["symmetric", "8 bits", "Per channel", "firmware/"]) await workbench.choose(answer);
  return workbench.webview(REPORT);
}
