import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { addDigits } from "../host/digits";
import { ROOT } from "../host/paths";
import { canSeeProcesses, workersOf } from "../processes";
import { THEMES } from "../themes";
import { assertAccessible } from "./accessibility";
import { REPORT } from "./quantize";
import { useWorkbench } from "./session";
import { numbersIn, rows, table } from "./tables";
import { LONG, SHOW_TRAINING, TRAIN, trainByPalette, TRAINING, underWay } from "./training";

const MODEL = "mnist-dscnn-bn.onnx";
const LAYERS = 10;

describe("Training", () => {
  const session = useWorkbench(() => Promise.resolve({ name: "training", extension: ROOT }));
  const trained = (...path: string[]): string => join(session().workspace.folder, "trained", ...path);
  const openModel = async (): Promise<void> => {
    const { workbench } = session();
    await workbench.openView("Explorer");
    if (existsSync(trained())) await workbench.explorerRow("trained").waitFor();
    await workbench.openFile(`models/${MODEL}`);
    await (await workbench.webview(MODEL)).getByRole("heading", { name: MODEL }).waitFor();
  };
  const answer = (button: string): Promise<void> =>
    session().workbench.page.getByRole("dialog").getByRole("button", { name: button, exact: true }).click();
  const act = async (name: string): Promise<void> => {
    await (await session().workbench.webview(TRAINING)).getByRole("button", { name, exact: true }).click();
  };
  const steps = async (): Promise<number> => {
    const page = await session().workbench.webview(TRAINING);
    return Number.parseInt((await page.locator("dd.step").innerText()).replaceAll(",", ""), 10);
  };
  const statusBar = () => session().workbench.page.getByRole("button", { name: /^Bitwright training of mnist/u });

  it("asks how, and shows loss, accuracy, layers and weights as they change", async () => {
    const { workbench, workspace } = session();
    addDigits(workspace.folder, 512);
    await workbench.extensionReady();
    await openModel();
    const page = await trainByPalette(workbench, LONG);
    await underWay(page);
    await page.getByText(/weights symmetric:3 · activations affine:8 · t10k-images-idx3-ubyte with labels/u).waitFor();
    for (const curve of ["loss", "accuracy"]) {
      const picture = page.getByRole("img", { name: new RegExp(`^Line chart of the ${curve}`, "u") });
      assert.ok(((await picture.boundingBox())?.height ?? 0) > 50);
      assert.match(
        (await picture.getAttribute("aria-label")) ?? "",
        /Validation: \d.* before, \d.* now, \d.* at best/u,
      );
    }
    await statusBar().waitFor();
  });

  it("pauses, and shows the weights of any layer by the keys", async () => {
    const { workbench } = session();
    await act("Pause");
    const page = await workbench.webview(TRAINING);
    await page.getByText("Paused", { exact: true }).waitFor();
    const before = await steps();
    await workbench.pressIn(
      page.getByRole("img", { name: /^Bar chart of the SQNR of 10 layers/u }),
      "End",
      page.getByRole("img", { name: /^Histogram of [\d,]+ weights of \/29\/Gemm .*Lines: 7 levels/u }),
    );
    await page.getByText("Evaluations as a table").click();
    await page.getByText("Layers as a table").click();
    await page.getByText("Weights as a table").click();
    assert.equal(await rows(table(page, "SQNR of the weights")).count(), LAYERS);
    const losses = await numbersIn(table(page, /^Evaluations of the codes/u), "loss");
    assert.ok(Math.min(...losses) < losses[0] / 2, `losses ${losses.join(", ")}`);
    const bins = await numbersIn(table(page, /^Weights of /u), "codes");
    assert.ok(bins.filter((count) => count > 0).length <= 7 * 10);
    assert.equal(await steps(), before);
  });

  it("can be read with assistive technology in every theme, while it trains", async () => {
    const { workbench } = session();
    for (const theme of THEMES) {
      await workbench.setTheme(theme);
      await assertAccessible(await workbench.webview(TRAINING));
      await workbench.screenshot(`paused-${theme}`);
    }
  });

  it("goes on, hidden or closed, and comes back from the status bar", async () => {
    const { workbench } = session();
    const before = await steps();
    await act("Resume");
    await openModel();
    await workbench.runCommand("View: Close All Editors");
    await workbench.notified("Training goes on in the background");
    await statusBar().click();
    await underWay(await workbench.webview(TRAINING));
    await workbench.poll("more steps", async () => ((await steps()) > before ? true : undefined));
  });

  it("stops with the window and leaves no process, and is resumed in the next one", async () => {
    const { workbench } = session();
    const started = workersOf(ROOT);
    if (canSeeProcesses) assert.ok(started.length > 0);
    const before = await steps();
    await workbench.page.reload();
    await workbench.extensionReady();
    await workbench.poll("the end of the worker", () =>
      Promise.resolve(workersOf(ROOT).some((id) => started.includes(id)) ? undefined : true),
    );
    await workbench.openView("Bitwright");
    await workbench.notified(`Training of ${MODEL} was interrupted`);
    await workbench.runCommand(SHOW_TRAINING);
    const page = await workbench.webview(TRAINING);
    await page.getByText("Interrupted", { exact: true }).waitFor();
    await assertAccessible(page);
    await act("Resume from Checkpoint");
    await underWay(page);
    assert.ok((await steps()) >= Math.min(before, 28));
  });

  it("stops and keeps what was best", async () => {
    const { workbench } = session();
    await act("Stop and Keep Best");
    const page = await workbench.webview(TRAINING);
    await page.getByText(/^It was ended after [\d,]+ steps\. Epoch [\d,]+ was the best, and was written\.$/u).waitFor();
    const best = await page.getByText("Quantized and trained").locator("xpath=../../dd").innerText();
    const before = await page.getByText("Quantized", { exact: true }).locator("xpath=../../dd").innerText();
    assert.ok(Number.parseFloat(best) > Number.parseFloat(before), `${before} → ${best}`);
    assert.deepEqual(readdirSync(trained()).sort(), ["bitwright.json", MODEL]);
    await statusBar().waitFor({ state: "detached" });
    for (const theme of THEMES) {
      await workbench.setTheme(theme);
      await assertAccessible(page);
      await workbench.screenshot(`done-${theme}`);
    }
  });

  it("quantizes the trained model to C, with the codes that were trained", async () => {
    const { workbench } = session();
    await act("Generate C");
    const report = await workbench.webview(REPORT);
    await report.getByRole("heading", { name: MODEL }).waitFor();
    const header = trained("firmware", "mnist-dscnn-bn_weights.h");
    await workbench.poll(header, () => Promise.resolve(existsSync(header) ? true : undefined));
    assert.match(readFileSync(header, "utf8"), /symmetric/u);
  });

  it("says at which step and in which layer a run diverged", async () => {
    const { workbench } = session();
    await openModel();
    const options = ["More options…", "learningRate", "1000", "optimizer", "sgd", "Done"];
    await workbench.runCommand(TRAIN);
    await workbench.choose("As last time");
    await answer("Cancel");
    const page = await trainByPalette(workbench, {
      first: ["Otherwise…"],
      options,
      epochs: "30 epochs",
      replaces: true,
    });
    await page
      .getByRole("alert")
      .getByText(/layer ".*".*no longer a finite number after step \d+ of \d+/u)
      .waitFor();
    await workbench.screenshot("diverged");
    await assertAccessible(page);
  });

  it("discards a run, with what it kept", async () => {
    const { workbench } = session();
    await openModel();
    const before = readFileSync(trained(MODEL));
    const page = await trainByPalette(workbench, { ...LONG, first: ["Otherwise…"], replaces: true });
    await underWay(page);
    await act("Discard…");
    await answer("Discard");
    await page.getByText("No model is being trained").waitFor();
    assert.deepEqual(readFileSync(trained(MODEL)), before);
    await workbench.page.reload();
    await workbench.extensionReady();
    await workbench.openView("Bitwright");
    await workbench.treeItems("Models").first().waitFor();
    await workbench.findCommand(SHOW_TRAINING);
    await workbench.page
      .getByText("No matching commands")
      .or(workbench.quickPick("Bitwright: Show Log"))
      .first()
      .waitFor();
    assert.equal(await workbench.quickPick(SHOW_TRAINING).count(), 0);
  });
});
