/** A folder of the workspace with a recipe file and a model that is trained anew again and again. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import type { BitwrightApi, RecipeSummary } from "../../../src/extension/api";
import { workersOf } from "../processes";
import { trainedModel } from "../trained-model";
import { activate, until, workspaceFile } from "./bitwright";

/** Events of the file system come within that time. */
const QUIET_MS = 1_000;

/** Time for events of a busy machine's file system, and the runs that follow. */
const CONSISTENT_MS = 30_000;

export class RecipeProject {
  readonly folder: string;
  readonly recipeFile: string;
  private count = 0;

  private constructor(
    readonly api: BitwrightApi,
    name: string,
  ) {
    this.folder = workspaceFile(name).fsPath;
    this.recipeFile = this.path("bitwright.json");
    mkdirSync(this.folder);
  }

  /** Makes the folder, with a model `m.onnx` and recipes for it. */
  static async create(name: string, ...recipes: readonly object[]): Promise<RecipeProject> {
    const project = new RecipeProject(await activate(), name);
    project.save("m.onnx", trainedModel(0));
    project.saveRecipes(...(recipes.length > 0 ? recipes : [{}]));
    return project;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  save(name: string, content: string | Uint8Array): void {
    writeFileSync(this.path(name), content);
  }

  /** Waits until the last save has been taken in, and nothing more follows from it. */
  async settles(count = 1): Promise<void> {
    await this.becomesConsistent();
    await sleep(QUIET_MS);
    await this.reaches("current", count);
  }

  /** Recipes in the file as it was saved last. */
  get recipeCount(): number {
    return this.count;
  }

  makeFolder(name: string): void {
    mkdirSync(this.path(name));
  }

  /** As exporters do: a temporary file, then a rename. */
  replace(name: string, content: Uint8Array): void {
    this.save(`${name}.part`, content);
    renameSync(this.path(`${name}.part`), this.path(name));
  }

  /** What is not said is `m.onnx`, in `gen`. */
  saveRecipes(...recipes: readonly object[]): void {
    this.count = recipes.length;
    const models = recipes.map((recipe) => ({ model: "m.onnx", output: { directory: "gen" }, ...recipe }));
    this.save("bitwright.json", JSON.stringify({ models }, undefined, 2));
  }

  get states(): RecipeSummary["state"][] {
    return this.api
      .recipes()
      .filter(({ file }) => file === this.recipeFile)
      .map(({ state }) => state);
  }

  /** Waits until all recipes have come to this state. */
  async reaches(state: RecipeSummary["state"], count = 1): Promise<void> {
    await until(
      () => `${count} recipes ${state} in ${this.folder}, they are ${this.states.join()}`,
      () => {
        const { states } = this;
        return states.length === count && states.every((other) => other === state) ? true : undefined;
      },
    );
  }

  /** Waits until the recipes are forgotten. */
  async reachesNothing(): Promise<void> {
    await until(
      () => `no recipes in ${this.folder}, they are ${this.states.join()}`,
      () => (this.states.length === 0 ? true : undefined),
    );
  }

  header(name = "m_weights.h"): string {
    return readFileSync(join(this.folder, "gen", name), "utf8");
  }

  /** Waits until the header is another. */
  async headerAfter(old: string, name = "m_weights.h"): Promise<string> {
    const path = join(this.folder, "gen", name);
    return until(`another ${path}`, () => {
      const now = existsSync(path) ? readFileSync(path, "utf8") : old;
      return now === old ? undefined : now;
    });
  }

  /** Waits until the command line, which knows nothing of this window, finds all outputs to be those of the files there are. */
  async becomesConsistent(): Promise<void> {
    const args = [join(extensionFolder(), "dist", "cli.js"), "generate", this.folder, "--check"];
    const end = performance.now() + CONSISTENT_MS;
    for (;;) {
      const { status, output } = await ended(spawn(process.execPath, args));
      if (status === 0) return;
      assert.ok(performance.now() < end, output);
    }
  }

  /** Codes of the problems, with the line that they are on, counted from 1. */
  get problems(): [string, number][] {
    return vscode.languages
      .getDiagnostics(vscode.Uri.file(this.recipeFile))
      .map(({ code, range }) => [typeof code === "string" ? code : "", range.start.line + 1]);
  }

  get messages(): string[] {
    return vscode.languages.getDiagnostics(vscode.Uri.file(this.recipeFile)).map(({ message }) => message);
  }

  async hasProblems(...expected: readonly [string, number][]): Promise<void> {
    const wanted = [...expected].sort();
    const found = (): [string, number][] => this.problems.sort();
    await until(
      () => `the problems ${JSON.stringify(wanted)}, there are ${JSON.stringify(found())}`,
      () => (JSON.stringify(found()) === JSON.stringify(wanted) ? true : undefined),
    );
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

/** Waits for a process. Returns its exit code and all that it said. */
async function ended(child: ChildProcess): Promise<{ status: number | null; output: string }> {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
    });
  }
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { status, output };
}

/** Process numbers of the workers of this extension host. */
export function workers(): number[] {
  return workersOf(extensionFolder(), process.pid);
}

function extensionFolder(): string {
  const extension = vscode.extensions.getExtension("bitwright.bitwright");
  assert.ok(extension);
  return extension.extensionUri.fsPath;
}
