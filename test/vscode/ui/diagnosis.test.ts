import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { ROOT } from "../host/paths";
import { assertAccessible } from "./accessibility";
import { QUANTIZE, REPORT } from "./quantize";
import { useWorkbench } from "./session";
import { numbersIn, rows, table } from "./tables";

const MODEL = "mnist-dscnn-bn.onnx";

describe("What hurts a layer", () => {
  const session = useWorkbench(() => Promise.resolve({ name: "diagnosis", extension: ROOT }));

  const schemeOfLayer = async (layer: number): Promise<string> => {
    const page = await session().workbench.webview(REPORT);
    return rows(table(page, "Layers")).nth(layer).locator("td.scheme").innerText();
  };

  it("asks for clipping only where more options are wanted", async () => {
    const { workbench } = session();
    await workbench.extensionReady();
    await workbench.openFile(`models/${MODEL}`);
    await (await workbench.webview(MODEL)).getByRole("heading", { name: MODEL }).waitFor();
    await workbench.runCommand(QUANTIZE);
    for (const answer of ["symmetric", "4 bits", "Per tensor", "More options…", "clip", "mse", "Done", "firmware/"]) {
      await workbench.choose(answer);
    }
    const page = await workbench.webview(REPORT);
    await table(page, "Layers").waitFor();
    assert.equal(await schemeOfLayer(0), "symmetric 4-bit tensor, clip mse");
  });

  it("tries what would help the selected layer, best first", async () => {
    const { workbench } = session();
    const page = await workbench.webview(REPORT);
    const alternatives = table(page, /^Alternatives/u);
    await alternatives.waitFor();
    const sqnr = await numbersIn(alternatives, "sqnr");
    assert.ok(sqnr.length > 3);
    assert.deepEqual(
      sqnr,
      sqnr.toSorted((a, b) => b - a),
    );
    assert.match(await page.locator(".diagnosis [role=status]").innerText(), /would gain \d+\.\d dB\.$/u);
    await page.getByText(/^levels/u).waitFor();
    await assertAccessible(page);
  });

  it("uses an alternative for the layer, and for no other", async () => {
    const { workbench } = session();
    const page = await workbench.webview(REPORT);
    await rows(table(page, "Layers")).nth(1).locator("button.name").click();
    await page.getByRole("button", { name: /^Use for this layer: codebook-mixture/u }).click();
    await table(page, /^Gaussian mixture/u).waitFor();
    assert.match(await schemeOfLayer(1), /^codebook-mixture 4-bit/u);
    assert.equal(await schemeOfLayer(2), "symmetric 4-bit tensor, clip mse");
  });

  it("keeps a layer in float, and takes it back", async () => {
    const { workbench } = session();
    const page = await workbench.webview(REPORT);
    await page.getByText("Keep This Layer in Float").click();
    await page.getByText("This layer is kept in float.").waitFor();
    assert.equal(await schemeOfLayer(1), "float (kept)");
    await page.getByText("Quantize This Layer").click();
    await table(page, /^Alternatives/u).waitFor();
    assert.equal(await schemeOfLayer(1), "symmetric 4-bit tensor, clip mse");
  });

  it("says so where the model is gone", async () => {
    const { workbench, workspace } = session();
    const page = await workbench.webview(REPORT);
    renameSync(join(workspace.folder, "models", MODEL), join(workspace.folder, "models", "moved"));
    await rows(table(page, "Layers")).nth(3).locator("button.name").click();
    await page.getByText(/^No diagnosis: .*does not exist/u).waitFor();
  });
});
