import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { Locator } from "playwright-core";
import { ROOT } from "../host/paths";
import { processes, workersOf } from "../processes";
import { trainedModel } from "../trained-model";
import { REPORT } from "./quantize";
import { useWorkbench } from "./session";

const MODEL = "mnist-lenet5.onnx";
const HEADER = "firmware/mnist-lenet5_weights.h";

/** 1 MB of float weights, for which this scheme takes seconds. */
const SIDE = 512;
const SLOW = { scheme: "codebook-mixture", bits: 8, granularity: "tensor" };

describe("Recipes while windows come and go", () => {
  const session = useWorkbench(() => Promise.resolve({ name: "windows", extension: ROOT }));

  const path = (name: string): string => join(session().workspace.folder, name);
  const status = (text: string): Locator =>
    session()
      .workbench.page.locator(".statusbar-item")
      .filter({ hasText: `Bitwright: ${text}` });

  const saveRecipe = (weights: object): void => {
    const recipe = { model: `models/${MODEL}`, weights, output: { directory: "firmware" } };
    writeFileSync(path("bitwright.json"), JSON.stringify({ models: [recipe] }, undefined, 2));
  };

  const haveEnded = (ids: readonly number[]): Promise<true> =>
    session().workbench.poll("the end of the workers", () =>
      Promise.resolve(processes().some(({ id }) => ids.includes(id)) ? undefined : true),
    );

  /** Runs the slow recipe, and breaks something off in the middle of it. */
  const inTheMiddle = async (
    version: number,
    breakOff: (workers: readonly number[]) => Promise<void>,
  ): Promise<void> => {
    writeFileSync(path("models/.part"), trainedModel(version, SIDE));
    renameSync(path("models/.part"), path(`models/${MODEL}`));
    await status("running").waitFor();
    const workers = workersOf(ROOT);
    assert.ok(workers.length > 0);
    await breakOff(workers);
    await haveEnded(workers);
    await status("up to date").waitFor();
    execFileSync(process.execPath, [join(ROOT, "dist", "cli.js"), "generate", session().workspace.folder, "--check"]);
    assert.deepEqual(readdirSync(path("firmware")).sort(), ["mnist-lenet5_weights.c", "mnist-lenet5_weights.h"]);
    assert.deepEqual(orphans(), []);
  };

  it("begin with a file made by hand, run from its editor's title", async () => {
    const { workbench } = session();
    await workbench.extensionReady();
    saveRecipe({ bits: 8 });
    await workbench.openFile("bitwright.json");
    const run = workbench.page.getByRole("button", { name: "Run Recipes" }).first();
    await workbench.click(run, workbench.page.getByRole("tab", { name: /^Report: /u }));
    await workbench.webview(REPORT);
    await status("up to date").waitFor();
    await workbench.openFile("bitwright.json");
    await workbench.page.locator(".codelens-decoration a").filter({ hasText: "Run" }).first().waitFor();
    await workbench.screenshot("made-by-hand");
    assert.ok(existsSync(path(HEADER)));
    copyFileSync(path(`models/${MODEL}`), path("models/kept.onnx"));
  });

  it("go on where the window is reloaded in the middle of a run", async () => {
    saveRecipe(SLOW);
    await session().workbench.poll("the slow recipe's header", () =>
      Promise.resolve(readFileSync(path(HEADER), "utf8").includes(SLOW.scheme) ? true : undefined),
    );
    await status("up to date").waitFor();
    await inTheMiddle(1, async () => {
      await session().workbench.page.reload();
    });
  });

  it("go on where the extension host is killed in the middle of a run", async () => {
    await inTheMiddle(2, async (workers) => {
      const host = processes().find(({ id }) => id === workers[0])?.parent;
      assert.ok(host);
      process.kill(host, "SIGKILL");
      await haveEnded(workers);
      await session().workbench.page.reload();
    });
  });
});

/** Workers without an extension host. */
function orphans(): number[] {
  const all = processes();
  const hosts = new Set(all.flatMap(({ id, command }) => (command.includes("extensionHost") ? [id] : [])));
  const workers = new Set(workersOf(ROOT));
  return all.filter(({ id, parent }) => workers.has(id) && !hosts.has(parent)).map(({ id }) => id);
}
