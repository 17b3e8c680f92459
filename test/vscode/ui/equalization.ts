/** Comparing equalizations as a person does it: from the palette, on digits that the workspace holds. */
import type { Frame } from "playwright-core";
import { IMAGES, LABELS } from "../host/digits";
import type { Workbench } from "../host/workbench";

export const COMPARE_EQUALIZATION = "Bitwright: Compare Equalization…";
export const EQUALIZATION = "Equalization Comparison";

/** The answers to the questions about data: 64 digits, ÷255. */
export const DIGITS = [`data/${IMAGES}`, `data/${LABELS}`, "64 samples", "0…1 (÷255)"];

/** Compares on the model in view. @param answers after those about data. Returns the comparison's page. */
export async function compareEqualizationByPalette(
  workbench: Workbench,
  answers: readonly string[] = ["affine:8"],
): Promise<Frame> {
  await workbench.runCommand(COMPARE_EQUALIZATION);
  for (const answer of [...DIGITS, ...answers]) await workbench.choose(answer);
  const page = await workbench.webview(EQUALIZATION);
  await page.getByRole("img", { name: /^Line chart/u }).waitFor();
  return page;
}
