import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, before, describe, it } from "mocha";
import * as vscode from "vscode";
import { note } from "../notes";
import { canSeeProcesses, residentMegabytes } from "../processes";
import { until } from "./bitwright";
import { RecipeProject, workers } from "./recipe-project";
import { Soak } from "./soak";

/** `npm run soak` asks for more. */
const STEPS = Number(process.env["BITWRIGHT_SOAK_STEPS"] ?? 20);
const SEED = Number(process.env["BITWRIGHT_SOAK_SEED"] ?? 1);
const LIMIT_MS = 60_000 + STEPS * 5_000;

/** Growth from the middle to the end that is not a leak: heaps are collected when it suits them. */
const MAX_GROWTH_MB = 64;

interface Memory {
  readonly host: number;
  readonly worker: number;
}

describe("A day at the workbench", () => {
  let project: RecipeProject;

  before(async () => {
    project = await RecipeProject.create("soaked");
    await project.settles();
  });
  after(async () => {
    await vscode.commands.executeCommand("notifications.clearAll");
    project.remove();
  });

  /** After a good model and recipes were saved: all is up to date, and of them. */
  const settlesWell = async (soak: Soak): Promise<Memory> => {
    soak.mend();
    await project.settles(project.recipeCount);
    await vscode.commands.executeCommand("notifications.clearAll");
    project.assertConsistent();
    const temporary = readdirSync(project.path("gen")).filter((name) => name.endsWith(".tmp"));
    assert.deepEqual(temporary, []);
    await project.hasProblems();
    if (!canSeeProcesses) return { host: 0, worker: 0 };
    const alive = await until("one worker", () => (workers().length === 1 ? workers() : undefined));
    return { host: residentMegabytes(process.pid) ?? 0, worker: residentMegabytes(alive[0]) ?? 0 };
  };

  it(`of ${STEPS} saves, kills and edits ends with the last model, one worker and no more memory`, async function () {
    this.timeout(LIMIT_MS);
    const soak = new Soak(project, SEED);
    const start = await settlesWell(soak);
    for (let step = 0; step < STEPS / 2; step++) await soak.step();
    const middle = await settlesWell(soak);
    for (let step = 0; step < STEPS / 2; step++) await soak.step();
    const end = await settlesWell(soak);
    const shown = (part: keyof Memory): string => [start, middle, end].map((at) => at[part].toFixed(0)).join(", ");
    note(`${STEPS} steps, seed ${SEED}: ${[...soak.done].map(([name, count]) => `${count} ${name}`).join(", ")}`);
    note(`extension host at start, middle and end: ${shown("host")} MB; worker: ${shown("worker")} MB`);
    assert.ok(end.host - middle.host < MAX_GROWTH_MB, `the extension host grew: ${shown("host")} MB`);
    assert.ok(end.worker - middle.worker < MAX_GROWTH_MB, `the worker grew: ${shown("worker")} MB`);
  });
});
