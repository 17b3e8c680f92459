/** What a person and exporters do to a recipe project over a day, at random and in minutes. */
import { appendFileSync, existsSync, rmSync, utimesSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import { trainedModel } from "../trained-model";
import { workers, type RecipeProject } from "./recipe-project";

/** Sides of the models' weights: 16 kB to 1 MB. */
const SIDES = [64, 128, 256, 512];
const WIDTHS = [2, 4, 8, 16];
const LONGEST_PAUSE_MS = 400;

/** Numbers from 0 to 1 that are the same for the same seed (xorshift32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Does one random thing after another, with random pauses. */
export class Soak {
  /** How often each thing was done. */
  readonly done = new Map<string, number>();
  private readonly random: () => number;
  private version = 0;

  constructor(
    private readonly project: RecipeProject,
    seed: number,
  ) {
    this.random = randomNumbers(seed);
  }

  async step(): Promise<void> {
    const [name, act] = this.oneOf(Object.entries(this.acts));
    this.done.set(name, (this.done.get(name) ?? 0) + 1);
    await act();
    await sleep(this.random() < 0.3 ? 0 : this.random() * LONGEST_PAUSE_MS);
  }

  /** Leaves a good model and good recipes. */
  mend(): void {
    this.project.replace("m.onnx", this.model());
    this.acts.recipes();
  }

  private readonly acts: Readonly<Record<string, () => void | Promise<void>>> & { readonly recipes: () => void } = {
    save: () => {
      this.project.save("m.onnx", this.model());
    },
    replace: () => {
      this.project.replace("m.onnx", this.model());
    },
    "save in two parts": async () => {
      const bytes = this.model();
      const half = Math.round(bytes.length * this.random());
      this.project.save("m.onnx", bytes.subarray(0, half));
      await sleep(this.random() * LONGEST_PAUSE_MS);
      appendFileSync(this.project.path("m.onnx"), bytes.subarray(half));
    },
    "delete, then save": async () => {
      rmSync(this.project.path("m.onnx"), { force: true });
      await sleep(this.random() * LONGEST_PAUSE_MS);
      this.project.save("m.onnx", this.model());
    },
    touch: () => {
      const now = new Date();
      if (existsSync(this.project.path("m.onnx"))) utimesSync(this.project.path("m.onnx"), now, now);
    },
    "save nonsense": () => {
      this.project.save("m.onnx", this.oneOf(["", "no model", '{"models":']));
    },
    recipes: () => {
      const weights = (): object => ({ weights: { bits: this.oneOf(WIDTHS) } });
      const second = { ...weights(), output: { directory: "gen", name: "second" } };
      this.project.saveRecipes(weights(), ...(this.random() < 0.5 ? [second] : []));
    },
    "nonsense in the recipe file": () => {
      this.project.save("bitwright.json", this.oneOf(["", "{", '{"models": [{}]}']));
    },
    "delete outputs": () => {
      rmSync(this.project.path("gen"), { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
    },
    "kill the worker": () => {
      for (const worker of workers()) process.kill(worker, "SIGKILL");
    },
    "run by command": () => {
      void vscode.commands.executeCommand("bitwright.runRecipes", vscode.Uri.file(this.project.recipeFile));
    },
  };

  private model(): Uint8Array {
    return trainedModel(this.version++, this.oneOf(SIDES));
  }

  private oneOf<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.random() * choices.length)];
  }
}
