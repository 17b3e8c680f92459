import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, it } from "mocha";
import { trainedModel } from "../trained-model";
import { RecipeProject, workers } from "./recipe-project";

/** Less than a header of the model, in bytes. */
const SMALL_FILE = 64 * 1024;

describe("A recipe that goes wrong", () => {
  let project: RecipeProject;
  let count = 0;

  beforeEach(async () => {
    project = await RecipeProject.create(`going-wrong-${count++}`);
    await project.reaches("current");
  });
  afterEach(() => {
    project.remove();
  });

  const generatedFiles = (): string[] => readdirSync(project.path("gen")).sort();

  it("writes no half file where the system refuses to write on, and says what to do", async function () {
    const limited = workers().map((id) => spawnSync("prlimit", [`--pid=${id}`, `--fsize=${SMALL_FILE}`]).status);
    const isLimited = limited.length > 0 && limited.every((status) => status === 0);
    if (!isLimited && process.env["CI"] !== "true") this.skip();
    assert.ok(isLimited, "the worker cannot be limited");
    const old = project.header();
    project.save("m.onnx", trainedModel(1));
    await project.reaches("failed");
    await project.hasProblems(["output-failed", 6]);
    assert.match(project.messages.join(), /Raise the limit .* the old files are whole/u);
    assert.equal(project.header(), old);
    assert.deepEqual(generatedFiles(), ["m_weights.c", "m_weights.h"]);
    for (const worker of workers()) process.kill(worker, "SIGKILL");
    project.save("m.onnx", trainedModel(2));
    await project.reaches("current");
    await project.hasProblems();
    await project.becomesConsistent();
  });

  it("ends with the last model where models are replaced while they are read", async () => {
    for (let version = 1; version <= 6; version++) {
      project.save("m.onnx", trainedModel(version));
      await project.reaches("running");
      await sleep(version * 15);
      project.replace("m.onnx", trainedModel(100 + version));
    }
    await project.settles();
    assert.deepEqual(generatedFiles(), ["m_weights.c", "m_weights.h"]);
  });

  it("ends with the whole model where one is written bit by bit", async () => {
    const bytes = trainedModel(7);
    const old = project.header();
    project.save("m.onnx", bytes.subarray(0, 1000));
    for (let part = 1; part <= 8; part++) {
      await sleep(part % 3 === 0 ? 250 : 20);
      appendFileSync(project.path("m.onnx"), bytes.subarray(...[part, part + 1].map(partStart)));
    }
    await project.headerAfter(old);
    await project.settles();

    function partStart(part: number): number {
      return part > 8 ? bytes.length : Math.round(1000 + ((part - 1) / 8) * (bytes.length - 1000));
    }
  });

  it("has no state left where its folder is deleted in the middle of a run", async () => {
    project.save("m.onnx", trainedModel(8));
    await project.reaches("running");
    project.remove();
    await project.reachesNothing();
    await project.hasProblems();
  });
});
