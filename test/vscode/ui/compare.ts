/** Comparing as a person does it: from the palette, with the candidates that are suggested. */
import type { Frame, Locator } from "playwright-core";
import type { Workbench } from "../host/workbench";

export const COMPARE = "Bitwright: Compare Schemes…";
export const COMPARISON = "Scheme Comparison";

/** Compares the suggested candidates on the model in view. Returns the comparison's page. */
export async function compareByPalette(workbench: Workbench): Promise<Frame> {
  await workbench.runCommand(COMPARE);
  await workbench.page.locator(".quick-input-widget").getByRole("button", { name: "OK" }).click();
  const page = await workbench.webview(COMPARISON);
  await grid(page).waitFor();
  return page;
}

export function grid(page: Frame): Locator {
  return page.getByRole("grid");
}

/** A cell that chooses a candidate, both counted from 0. */
export function cell(page: Frame, row: number, candidate: number): Locator {
  return grid(page).locator("tbody tr").nth(row).locator("td.choosable").nth(candidate);
}

/** What the page says under a heading of its facts. */
export function fact(page: Frame, label: string): Locator {
  return page.locator("dl.facts > div").filter({ hasText: label }).locator("dd");
}
