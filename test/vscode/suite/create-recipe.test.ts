import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { afterEach, describe, it } from "mocha";
import * as vscode from "vscode";
import type { CommandId } from "../../../src/extension/identifiers";
import { activate, quantize, until, workspaceFile } from "./bitwright";

const CREATE: CommandId = "bitwright.createRecipe";
const MODEL = "models/mnist-dscnn-bn.onnx";

describe("A recipe of the last quantization", () => {
  const file = workspaceFile("bitwright.json").fsPath;
  afterEach(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    rmSync(file, { force: true });
  });

  it("is added to the workspace's recipe file without what is usual, is opened, and is up to date", async () => {
    const api = await activate();
    await quantize(workspaceFile(MODEL), {
      scheme: "ceil",
      bits: 4,
      granularity: "tensor",
      directory: "firmware/kept",
    });
    await vscode.commands.executeCommand(CREATE);
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, file);
    assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), {
      models: [
        {
          model: MODEL,
          weights: { scheme: "ceil", bits: 4, granularity: "tensor" },
          output: { directory: "firmware/kept" },
        },
      ],
    });
    const state = (): string | undefined => api.recipes().find((recipe) => recipe.file === file)?.state;
    await until(
      () => `the recipe to be up to date, it is ${String(state())}`,
      () => (state() === "current" ? true : undefined),
    );
    assert.ok(existsSync(workspaceFile("firmware/kept/mnist-dscnn-bn_weights.h").fsPath));
  });
});
