import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as vscode from "vscode";
import { COMMANDS, MODEL_EDITOR } from "../../../src/extension/identifiers";
import { note } from "../notes";
import { activate, EXTENSION, reportOf, until, workspaceFile } from "./bitwright";

describe("Extension", () => {
  it("is not active in a workspace of models and JSON files, before anything asks for it", async () => {
    await vscode.workspace.fs.writeFile(workspaceFile("settings.json"), new TextEncoder().encode("{}"));
    await vscode.window.showTextDocument(workspaceFile("settings.json"));
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await vscode.workspace.fs.delete(workspaceFile("settings.json"));
    assert.equal(vscode.extensions.getExtension(EXTENSION)?.isActive, false);
  });

  it("activates and registers every command", async () => {
    const api = await activate();
    note(`activated in ${api.activationMilliseconds.toFixed(1)} ms`);
    const known = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      COMMANDS.filter((command) => !known.has(command)),
      [],
    );
  });

  it("opens a model in its own editor and inspects it", async () => {
    const api = await activate();
    const uri = workspaceFile("models/mnist-dscnn-bn.onnx");
    await vscode.commands.executeCommand("vscode.open", uri);
    const input = await until("the editor of the model", () => {
      const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
      return tab?.input instanceof vscode.TabInputCustom ? tab.input : undefined;
    });
    assert.equal(input.viewType, MODEL_EDITOR);
    assert.equal(input.uri.toString(), uri.toString());

    const report = await reportOf(api, "mnist-dscnn-bn.onnx");
    assert.ok(report.layers.length > 0);
    assert.equal(report.recipe, null);
    assert.deepEqual(report.artifacts, []);
    const parameters = report.layers.reduce((sum, layer) => sum + layer.parameters, 0);
    assert.equal(report.totals.parameters, parameters);
  });

  it("says what is wrong with a file that is not a model, and stays alive", async () => {
    const api = await activate();
    await vscode.workspace.fs.writeFile(workspaceFile("models/broken.onnx"), new TextEncoder().encode("not a model"));
    await vscode.commands.executeCommand("vscode.open", workspaceFile("models/broken.onnx"));
    await vscode.commands.executeCommand("vscode.open", workspaceFile("models/mnist-lenet5.onnx"));
    const report = await reportOf(api, "mnist-lenet5.onnx");
    assert.ok(report.layers.length > 0);
    await vscode.workspace.fs.delete(workspaceFile("models/broken.onnx"));
  });
});
