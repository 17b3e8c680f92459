/** The main job as a person does it: from the palette, question by question. */
import type { Frame } from "playwright-core";
import type { Workbench } from "../host/workbench";

export const QUANTIZE = "Bitwright: Quantize Model…";
export const REPORT = "Quantization Report";

/** Quantizes the model in view: symmetric, per channel, into firmware/. Returns the report's page. */
export async function quantizeByPalette(workbench: Workbench, bits = "8 bits"): Promise<Frame> {
  await workbench.runCommand(QUANTIZE);
  for (const answer of ["symmetric", bits, "Per channel", "firmware/"]) await workbench.choose(answer);
  return workbench.webview(REPORT);
}
