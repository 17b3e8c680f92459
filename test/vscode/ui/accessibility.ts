import axe, { type AxeResults } from "axe-core";
import assert from "node:assert/strict";
import type { Frame } from "playwright-core";

/** Runs axe inside a page and asserts that it finds nothing. */
export async function assertAccessible(page: Frame): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<Pick<AxeResults, "violations">>(
    "axe.run(document).then(({ violations }) => ({ violations }))",
  );
  const found = violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes.map((node) => `  ${node.html}\n  ${node.failureSummary ?? ""}`).join("\n")}`,
  );
  assert.equal(found.length, 0, found.join("\n"));
}
