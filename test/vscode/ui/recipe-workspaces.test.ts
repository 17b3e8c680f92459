import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { Locator } from "playwright-core";
import { ROOT } from "../host/paths";
import { trainedModel } from "../trained-model";
import { useWorkbench } from "./session";

/** Folders of the workspace: one whose recipes run by themselves, one that asks. */
const FOLDERS = ["sensor", "display"];
const [SENSOR, DISPLAY] = FOLDERS;

describe("Recipes in several folders", () => {
  const session = useWorkbench(({ folder }) => {
    for (const name of FOLDERS) {
      mkdirSync(join(folder, name, ".vscode"), { recursive: true });
      writeFileSync(join(folder, name, "m.onnx"), trainedModel(0, 32));
      const recipes = { models: [{ model: "m.onnx", output: { directory: "gen" } }] };
      writeFileSync(join(folder, name, "bitwright.json"), JSON.stringify(recipes, undefined, 2));
    }
    const settings = { "bitwright.regenerateOnSave": "ask" };
    writeFileSync(join(folder, DISPLAY, ".vscode", "settings.json"), JSON.stringify(settings));
    const workspaceFile = join(folder, "two.code-workspace");
    writeFileSync(workspaceFile, JSON.stringify({ folders: FOLDERS.map((path) => ({ path })) }));
    return Promise.resolve({ name: "folders", extension: ROOT, workspaceFile });
  });

  const path = (folder: string, name: string): string => join(session().workspace.folder, folder, name);
  const header = (folder: string): string => path(folder, "gen/m_weights.h");
  const status = (text: string): Locator =>
    session()
      .workbench.page.locator(".statusbar-item")
      .filter({ hasText: `Bitwright: ${text}` });

  /** Answers the question in the notification centre. */
  const answer = async (button: string): Promise<void> => {
    const { workbench } = session();
    const question = workbench.page
      .locator(".notifications-center .notification-list-item")
      .filter({ hasText: "The C files of display/m.onnx are stale. Write them anew?" });
    await workbench.until(question, () => workbench.runCommand("Notifications: Show Notifications"));
    await workbench.screenshot("question");
    await question.getByRole("button", { name: button }).click();
  };

  it("run where the folder's setting says so, and ask where that says so", async () => {
    const { workbench } = session();
    await workbench.poll("the header of the first folder", () =>
      Promise.resolve(existsSync(header(SENSOR)) ? true : undefined),
    );
    await status("stale").waitFor();
    assert.equal(existsSync(header(DISPLAY)), false);
    await answer("Regenerate");
    await status("up to date").waitFor();
    assert.ok(existsSync(header(DISPLAY)));
  });

  it("ask again for the next model, and no more after Always", async () => {
    const { workbench } = session();
    const before = statSync(header(SENSOR)).mtimeMs;
    const first = readFileSync(header(DISPLAY), "utf8");
    writeFileSync(path(DISPLAY, "m.onnx"), trainedModel(1, 32));
    await status("stale").waitFor();
    assert.equal(readFileSync(header(DISPLAY), "utf8"), first);
    await answer("Always");
    await status("up to date").waitFor();
    const second = readFileSync(header(DISPLAY), "utf8");
    assert.notEqual(second, first);
    writeFileSync(path(DISPLAY, "m.onnx"), trainedModel(2, 32));
    await workbench.poll("another header", () =>
      Promise.resolve(readFileSync(header(DISPLAY), "utf8") === second ? undefined : true),
    );
    await status("up to date").waitFor();
    assert.equal(statSync(header(SENSOR)).mtimeMs, before, "the other folder's files are left alone");
  });
});
