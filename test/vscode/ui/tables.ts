/** Bitwright's tables, read as a person sees them. */
import type { Frame, Locator } from "playwright-core";

export function table(page: Frame, caption: string | RegExp): Locator {
  return page.getByRole("table", { name: caption });
}

export function rows(of: Locator): Locator {
  return of.locator("tbody tr");
}

/** A column's numbers from top to bottom. @param column the class of its cells */
export async function numbersIn(of: Locator, column: string): Promise<number[]> {
  const texts = await of.locator(`tbody .${column}`).allInnerTexts();
  return texts.map((text) => Number.parseFloat(text.replace(/[,\s]/gu, "")));
}

export async function sortBy(of: Locator, heading: string): Promise<void> {
  await of.locator("thead").getByText(heading, { exact: true }).click();
}

/** The names of the rows that are marked as selected. */
export function selectedNames(of: Locator): Promise<string[]> {
  return of.locator("[aria-current=true]").allInnerTexts();
}
