import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "mocha";
import { ROOT } from "../host/paths";
import { compareByPalette } from "./compare";
import { QUANTIZE } from "./quantize";
import { useWorkbench } from "./session";
import { rows, table } from "./tables";
import { TRAIN } from "./training";

const MODEL = "mnist-lenet5.onnx";

describe("In an untrusted workspace", () => {
  const session = useWorkbench(() => Promise.resolve({ name: "untrusted", extension: ROOT, workspaceTrust: true }));
  let filesBefore: string[] = [];

  const files = (): string[] => readdirSync(session().workspace.folder, { recursive: true, encoding: "utf8" }).sort();

  it("shows a model", async () => {
    const { workbench } = session();
    filesBefore = files();
    await workbench.page.getByRole("button", { name: /^No, I don't trust/u }).click();
    await workbench.extensionReady();
    await workbench.openFile(`models/${MODEL}`);
    const page = await workbench.webview(MODEL);
    await page.getByRole("heading", { name: MODEL }).waitFor();
    assert.ok((await rows(table(page, /layers$/u)).count()) > 1);
  });

  it("offers no way to quantize or train, in the editor or in the palette", async () => {
    const { workbench } = session();
    const page = await workbench.webview(MODEL);
    assert.ok(await page.getByRole("button", { name: "Quantize…" }).isDisabled());
    for (const command of [QUANTIZE, TRAIN]) {
      await workbench.findCommand(command);
      await workbench.page
        .getByText("similar commands")
        .or(workbench.page.getByText("No matching commands"))
        .first()
        .waitFor();
      assert.equal(await workbench.quickPick(command).count(), 0);
      await workbench.page.keyboard.press("Escape");
    }
  });

  it("compares schemes, and offers no way to write what was chosen", async () => {
    const page = await compareByPalette(session().workbench);
    for (const name of ["Quantize with This…", "Save as Recipe"]) {
      assert.ok(await page.getByRole("button", { name }).isDisabled());
    }
  });

  it("writes nothing", () => {
    assert.deepEqual(files(), filesBefore);
  });
});
