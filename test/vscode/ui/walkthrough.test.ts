import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { ROOT } from "../host/paths";
import { quantizeByPalette } from "./quantize";
import { useWorkbench } from "./session";

const MODEL = "mnist-dscnn-bn.onnx";
const TITLE = "From a trained network to integers in C";

describe("The walkthrough", () => {
  const session = useWorkbench((workspace) => {
    rmSync(join(workspace.folder, "models"), { recursive: true });
    return Promise.resolve({ name: "walkthrough", extension: ROOT });
  });

  const openWalkthrough = async (): Promise<void> => {
    const { workbench } = session();
    await workbench.runCommand("Welcome: Open Walkthrough...");
    await workbench.until(workbench.quickPick(TITLE), () => workbench.quickInput.fill(TITLE));
    await workbench.choose(TITLE);
    await workbench.page.getByRole("heading", { level: 2, name: TITLE }).waitFor();
  };

  it("shows its steps with their pictures", async () => {
    const { workbench } = session();
    await workbench.extensionReady();
    await openWalkthrough();
    await workbench.page.getByText("Click any .onnx file").waitFor();
    await workbench.poll("the picture of layers", async () => {
      const found = workbench.page.frames().map((frame) => frame.locator("svg").getByText("Gemm").count());
      const counts = await Promise.all(found.map((count) => count.catch(() => 0)));
      return counts.some((count) => count > 0) ? true : undefined;
    });
    await workbench.screenshot("walkthrough");
  });

  it("gives a folder without models the demo model, and opens it", async () => {
    const { workbench, workspace } = session();
    await workbench.page.getByRole("button", { name: "Add Demo Model" }).click();
    const page = await workbench.webview(MODEL);
    await page.getByRole("heading", { name: MODEL }).waitFor();
    const copy = readFileSync(join(workspace.folder, "models", MODEL));
    assert.ok(copy.equals(readFileSync(join(ROOT, "media", "models", MODEL))));
  });

  it("leads on to a header, and marks what was done", async () => {
    const { workbench, workspace } = session();
    await quantizeByPalette(workbench);
    await workbench.poll("the header", () =>
      Promise.resolve(existsSync(join(workspace.folder, "firmware", "mnist-dscnn-bn_weights.h")) ? true : undefined),
    );
    await openWalkthrough();
    await workbench.poll("two steps done", async () =>
      (await workbench.page.locator(".gettingStartedDetailsContent .codicon-getting-started-step-checked").count()) >= 2
        ? true
        : undefined,
    );
    await workbench.screenshot("walkthrough-done");
  });
});
