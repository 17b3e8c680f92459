import { create } from "@bufbuild/protobuf";
import { TensorProto_DataLocation, TensorProto_DataType, TensorProtoSchema } from "onnx-buf";
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, it } from "mocha";
import * as vscode from "vscode";
import type { CommandId } from "../../../src/extension/identifiers";
import { bytesOf, npyFile } from "../../unit/engine/data/samples";
import { buildModel, encode, node, randomValues, value } from "../../unit/engine/onnx/model-builder";
import { until } from "./bitwright";
import { RecipeProject } from "./recipe-project";

const ADD: CommandId = "bitwright.addMissingFile";
const SIDE = 64;

/** One MatMul whose weights lie in `weights.bin` beside the model. */
function modelWithExternalData(): Uint8Array {
  const weights = create(TensorProtoSchema, {
    name: "W",
    dataType: TensorProto_DataType.FLOAT,
    dims: [BigInt(SIDE), BigInt(SIDE)],
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: [{ key: "location", value: "weights.bin" }],
  });
  return encode(
    buildModel({
      nodes: [node("MatMul", ["x", "W"], ["y"], {}, "project")],
      initializers: [weights],
      inputs: [value("x", [1, SIDE])],
      outputs: [value("y", [1, SIDE])],
    }),
  );
}

const weightFile = (seed: number): Uint8Array => bytesOf(randomValues(SIDE * SIDE, seed));

describe("Files that a recipe is made of", () => {
  let project: RecipeProject | undefined;
  afterEach(() => {
    project?.remove();
  });

  const outputs = (of: RecipeProject): string => {
    const folder = of.path("gen");
    const names = readdirSync(folder).filter((name) => !name.startsWith("."));
    return names.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
  };
  const outputsAfter = (of: RecipeProject, old: string): Promise<string> =>
    until("other outputs", () => {
      const now = outputs(of);
      return now === old ? undefined : now;
    });

  it("are external data, watched where the model names them, and waited for where they are missing", async () => {
    project = await RecipeProject.create("external");
    await project.reaches("current");
    const inside = outputs(project);
    project.save("m.onnx", modelWithExternalData());
    await project.reaches("failed");
    await project.hasProblems(["external-data-missing", 4]);
    assert.equal(outputs(project), inside);
    project.save("weights.bin", weightFile(1));
    await project.reaches("current");
    const first = await outputsAfter(project, inside);
    project.replace("weights.bin", weightFile(2));
    await outputsAfter(project, first);
    await project.reaches("current");
    await project.hasProblems();
    await project.becomesConsistent();
    rmSync(project.path("weights.bin"));
    await project.reaches("failed");
  });

  it("are calibration data, one file or a folder of them", async () => {
    const samples = (seed: number, count = 4): Uint8Array =>
      npyFile("<f4", count === 1 ? [512] : [count, 512], bytesOf(randomValues(count * 512, seed)));
    project = await RecipeProject.create("calibrated");
    project.save("samples.npy", samples(1));
    const recipe = (data: string): object => ({
      activations: {},
      calibration: { data },
      output: { directory: "gen", emit: ["weights", "report"] },
    });
    project.saveRecipes(recipe("samples.npy"));
    await project.settles();
    const first = outputs(project);
    project.replace("samples.npy", samples(2));
    const second = await outputsAfter(project, first);
    await project.settles();

    project.makeFolder("samples");
    project.save("samples/0.npy", samples(3, 1));
    project.saveRecipes(recipe("samples"));
    const third = await outputsAfter(project, second);
    await project.settles();
    project.save("samples/1.npy", samples(4, 1));
    await outputsAfter(project, third);
    await project.reaches("current");
    await project.becomesConsistent();
  });

  it("are copied to where they are missing, and nowhere else", async () => {
    project = await RecipeProject.create("copied", { model: "new/n.onnx" });
    await project.reaches("failed");
    const add = (path: string): Thenable<unknown> =>
      vscode.commands.executeCommand(ADD, path, vscode.Uri.file(project?.path("m.onnx") ?? ""));
    await add(project.path("new/n.onnx"));
    await project.reaches("current");
    await project.hasProblems();
    await project.becomesConsistent();

    const outside = join(project.folder, "..", "..", "outside.onnx");
    const kept = readFileSync(project.path("bitwright.json"));
    void add(outside);
    void add(project.path("bitwright.json"));
    await project.settles();
    assert.equal(existsSync(outside), false);
    assert.deepEqual(readFileSync(project.path("bitwright.json")), kept);
    await vscode.commands.executeCommand("notifications.clearAll");
  });
});
