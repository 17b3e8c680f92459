import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Frame } from "playwright-core";
import { ROOT } from "../host/paths";
import { addDigits, IMAGES, LABELS } from "../host/digits";
import { assertAccessible } from "./accessibility";
import { useWorkbench } from "./session";

const MODEL = "mnist-dscnn-bn.onnx";
const REPORT = "Quantisierungsbericht";

const WINDOW = { width: 1400, height: 900 };
/** For a picture of the whole page. */
const TALL = { width: 1500, height: 2400 };

/** Words that stand on every English page, and in no German text. */
const ENGLISH = /\b(the|of|and|with|layers?|weights?)\b/iu;

/** Of everything on a page but notes and diagnoses, which the engine words: texts, names and tooltips. */
const TEXTS = `[...document.querySelectorAll("main *")]
  .filter((node) => node.closest(".notes ul, ul.notes, .diagnosis [role=status]") === null)
  .flatMap((node) => [
    node.ariaLabel ?? "",
    node.title ?? "",
    ...[...node.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map(({ data }) => data),
  ])`;

describe("Bitwright in German", () => {
  const session = useWorkbench((workspace) => {
    addDigits(workspace.folder, 64);
    return Promise.resolve({ name: "german", extension: ROOT, language: "de" });
  });

  /** Neither text nor name of anything on the page is English; names out of models and notes of the engine may be. */
  const assertGerman = async (page: Frame): Promise<void> => {
    assert.equal(await page.locator("html").getAttribute("lang"), "de");
    const texts = await page.evaluate<string[]>(TEXTS);
    assert.deepEqual([...new Set(texts.filter((text) => ENGLISH.test(text)))], []);
  };

  it("shows a model", async () => {
    const { workbench } = session();
    await workbench.activityBarItem("Bitwright").waitFor();
    await workbench.openFile(`models/${MODEL}`);
    const page = await workbench.webview(MODEL);
    await page.getByRole("columnheader", { name: "Schicht" }).first().waitFor();
    await assertGerman(page);
    await workbench.screenshot("model");
  });

  it("asks how to quantize, and shows the report", async () => {
    const { workbench } = session();
    await workbench.runCommand("Bitwright: Modell quantisieren…");
    await workbench.quickPick("symmetric").first().waitFor();
    await workbench.screenshot("schemes");
    for (const answer of ["symmetric", "8 Bit", "Je Kanal", "firmware/"]) await workbench.choose(answer);
    const page = await workbench.webview(REPORT);
    await page.getByRole("button", { name: "SQNR insgesamt" }).waitFor();
    await page.getByText("von 15.500 im Modell").waitFor();
    await page.getByText("Genutzte Codes").waitFor();
    await assertGerman(page);
    await assertAccessible(page);
    await workbench.openView("Bitwright");
    await workbench.treeItems("Modelle").first().waitFor();
    await workbench.page.setViewportSize(TALL);
    await workbench.screenshot("report");
  });

  it("compares schemes", async () => {
    const { workbench } = session();
    await workbench.page.setViewportSize(WINDOW);
    await workbench.runCommand("Bitwright: Schemata vergleichen…");
    await workbench.page.locator(".quick-input-widget").getByRole("button", { name: "OK" }).click();
    const page = await workbench.webview("Vergleich der Schemata");
    await page.getByRole("grid").waitFor();
    await assertGerman(page);
    await assertAccessible(page);
    await workbench.screenshot("comparison");
  });

  it("measures noise", async () => {
    const { workbench } = session();
    await workbench.runCommand("Bitwright: Rauschen analysieren…");
    for (const answer of [`data/${IMAGES}`, `data/${LABELS}`, "64 Beispiele", "0…1 (÷255)", "affine:8"])
      await workbench.choose(answer);
    const page = await workbench.webview(REPORT);
    await page.getByRole("img", { name: /^Gruppiertes Balkendiagramm/u }).waitFor();
    await page.getByText("Genutzte Codes").waitFor();
    await assertGerman(page);
    await assertAccessible(page);
    await workbench.page.setViewportSize(TALL);
    await workbench.screenshot("noise");
  });
});
