import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "mocha";
import type { Locator } from "playwright-core";
import { ROOT } from "../host/paths";
import { useWorkbench, type Session } from "./session";

const removeModels = (folder: string): void => {
  rmSync(join(folder, "models"), { recursive: true });
};

/** What stands in the side panel in place of models. */
async function welcome({ workbench }: Session): Promise<Locator> {
  await workbench.extensionReady();
  await workbench.openView("Bitwright");
  const view = workbench.page.locator(".sidebar .welcome-view-content");
  await view.first().waitFor();
  return view;
}

describe("The side panel of a folder without models", () => {
  const session = useWorkbench(({ folder }) => {
    removeModels(folder);
    return Promise.resolve({ name: "no-models", extension: ROOT });
  });

  it("says what will be listed, and lists it as soon as it is there", async () => {
    const { workbench, workspace } = session();
    const view = await welcome(session());
    await view.getByText("There is no ONNX model in this workspace").waitFor();
    await workbench.screenshot("welcome");
    cpSync(join(ROOT, "media", "models"), join(workspace.folder, "models"), { recursive: true });
    const models = workbench.treeItems("Models");
    await models.filter({ hasText: "mnist-lenet5.onnx" }).waitFor();
    const press = (key: string) => () => workbench.page.keyboard.press(key);
    const focused = models.and(workbench.page.locator(".focused"));
    await workbench.runCommand("Bitwright: Focus on Models View");
    await workbench.until(focused.filter({ hasText: "mnist-lenet5.onnx" }), press("End"));
    await workbench.until(models.filter({ hasText: "Conv · 6×1×5×5" }), press("ArrowRight"));
    await workbench.page.keyboard.press("ArrowDown");
    await workbench.page.keyboard.press("Enter");
    const page = await workbench.webview("mnist-lenet5.onnx");
    const selected = await page.locator("[aria-current=true]").innerText();
    await models.and(workbench.page.locator("[aria-selected=true]")).filter({ hasText: selected }).waitFor();
    await workbench.screenshot("by-keyboard");
  });
});

describe("The side panel of a folder that is not trusted", () => {
  const session = useWorkbench(({ folder }) => {
    removeModels(folder);
    return Promise.resolve({ name: "no-trust", extension: ROOT, workspaceTrust: true });
  });

  it("says what needs trust, and leads to it", async () => {
    const { workbench } = session();
    await workbench.page.getByRole("button", { name: /^No, I don't trust/u }).click();
    const view = await welcome(session());
    await view.getByRole("button", { name: "Manage Workspace Trust" }).waitFor();
    await workbench.screenshot("welcome");
  });
});

describe("The side panel of a package without ONNX Runtime", () => {
  const extension = mkdtempSync(join(tmpdir(), "bitwright-universal-"));
  const session = useWorkbench(({ folder }) => {
    removeModels(folder);
    for (const name of ["package.json", "package.nls.json", "dist", "media"]) {
      cpSync(join(ROOT, name), join(extension, name), {
        recursive: true,
        filter: (path) => !path.includes("node_modules"),
      });
    }
    return Promise.resolve({ name: "no-runtime", extension });
  });
  after(() => {
    rmSync(extension, { recursive: true, force: true });
  });

  it("says what that lacks, and the palette does not offer it", async () => {
    const { workbench } = session();
    const view = await welcome(session());
    await view.getByText("This package has no ONNX Runtime for your platform").waitFor();
    await workbench.screenshot("welcome");
    await workbench.findCommand("Bitwright: Analyze Noise…");
    await workbench.page
      .getByText("similar commands")
      .or(workbench.page.getByText("No matching commands"))
      .first()
      .waitFor();
    await workbench.quickPick("Bitwright: Analyze Noise…").waitFor({ state: "hidden" });
  });
});
