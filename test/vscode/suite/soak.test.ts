import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
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

/** One for recipes, and one for what a person asks for where another test has done so. */
const MOST_WORKERS = 2;

/** Growth from the middle to the end that is not a leak: code is compiled, logs are kept. */
const MAX_GROWTH_MB = 16;

/** In MB. */
interface Memory {
  /** What the extension host holds after its garbage was collected: its own heap and that of buffers. */
  readonly held: number;
  /** In RAM, with what the system has not taken back. */
  readonly host: number;
  readonly worker: number;
}

function memoryOf(worker: number): Memory {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
  const { rss, heapUsed, external } = process.memoryUsage();
  const megabytes = (bytes: number): number => bytes / 2 ** 20;
  return { held: megabytes(heapUsed + external), host: megabytes(rss), worker: residentMegabytes(worker) ?? 0 };
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
    const temporary = readdirSync(project.path("gen")).filter((name) => name.endsWith(".tmp"));
    assert.deepEqual(temporary, []);
    await project.hasProblems();
    if (!canSeeProcesses) return memoryOf(process.pid);
    const found = await until("the workers of a window alone", () => {
      const now = workers();
      return now.length >= 1 && now.length <= MOST_WORKERS ? now : undefined;
    });
    const worker = Math.max(...found);
    return memoryOf(worker);
  };

  it(`of ${STEPS} saves, kills and edits ends with the last model, no worker too many and no more memory`, async function () {
    this.timeout(LIMIT_MS);
    const soak = new Soak(project, SEED);
    const start = await settlesWell(soak);
    for (let step = 0; step < STEPS / 2; step++) await soak.step();
    const middle = await settlesWell(soak);
    for (let step = 0; step < STEPS / 2; step++) await soak.step();
    const end = await settlesWell(soak);
    const shown = (part: keyof Memory): string => [start, middle, end].map((at) => at[part].toFixed(0)).join(", ");
    note(`${STEPS} steps, seed ${SEED}: ${[...soak.done].map(([name, count]) => `${count} ${name}`).join(", ")}`);
    note(`extension host at start, middle and end: holds ${shown("held")} MB, in RAM ${shown("host")} MB`);
    note(`worker at start, middle and end: in RAM ${shown("worker")} MB`);
    assert.ok(end.held - middle.held < MAX_GROWTH_MB, `the extension host grew: ${shown("held")} MB`);
  });
});
