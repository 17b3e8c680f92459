import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import * as vscode from "vscode";
import { RecipeProject } from "./recipe-project";

async function runTask(task: vscode.Task): Promise<number | undefined> {
  const ended = new Promise<number | undefined>((resolve) => {
    const listening = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
      if (execution.task.name !== task.name) return;
      listening.dispose();
      resolve(exitCode);
    });
  });
  await vscode.tasks.executeTask(task);
  return ended;
}

describe("A task of type bitwright", () => {
  let project: RecipeProject;

  const task = async (name: string): Promise<vscode.Task> => {
    const tasks = await vscode.tasks.fetchTasks({ type: "bitwright" });
    const found = tasks.find((candidate) => candidate.name === name);
    assert.ok(found, tasks.map((candidate) => candidate.name).join(", "));
    return found;
  };

  before(async () => {
    project = await RecipeProject.create("built");
    await project.reaches("current");
  });
  after(() => {
    project.remove();
  });

  it("generates, and checks, with the exit code that a build needs", async () => {
    assert.equal(await runTask(await task("generate built")), 0);
    assert.equal(await runTask(await task("check built")), 0);
    project.saveRecipes({ minSqnrDb: 99 });
    await project.reaches("failed");
    assert.equal(await runTask(await task("check built")), 1);
  });
});
