/** The recipes of a workspace and what becomes of each when files change. Knows nothing of VS Code. */
import { basename, dirname, sep } from "node:path";
import { TEMPORARY_FILE } from "../../runtime/replace-files";
import { RecipeRunner, type RunnerServices } from "./recipe-runner";
import type { RecipeState, RememberedRun } from "./recipe-state";
import type { RecipeTarget } from "./recipe-target";

export interface RecipeStatus {
  readonly target: RecipeTarget;
  readonly state: RecipeState;
}

export interface RegeneratorServices {
  servicesFor(target: RecipeTarget): RunnerServices;
  remembered(target: RecipeTarget): RememberedRun | undefined;
}

interface Entry {
  readonly target: RecipeTarget;
  readonly runner: RecipeRunner;
}

export class Regenerator {
  private entries: readonly Entry[] = [];
  /** Absolute paths that recipes wrote: they are not what an input of unknown name is looked for among. */
  private readonly outputs = new Set<string>();

  constructor(private readonly services: RegeneratorServices) {}

  get recipes(): readonly RecipeStatus[] {
    return this.entries.map(({ target, runner }) => ({ target, state: runner.state }));
  }

  /** Absolute paths of all files and folders that recipes read, and of the files they write. */
  get paths(): readonly string[] {
    return [...new Set(this.entries.flatMap(({ runner }) => [...runner.inputs, ...runner.outputs]))];
  }

  /** Takes the recipes of one file in place of those it had: those that did not change go on as they are. */
  setTargets(file: string, targets: readonly RecipeTarget[]): void {
    const before = this.entries.filter(({ target }) => target.file === file);
    const others = this.entries.filter(({ target }) => target.file !== file);
    const started: Entry[] = [];
    const now = targets.map((target): Entry => {
      const kept = before.find((entry) => entry.target.id === target.id);
      if (kept !== undefined) return { target, runner: kept.runner };
      const entry = { target, runner: new RecipeRunner(target.inputs, this.services.servicesFor(target)) };
      started.push(entry);
      return entry;
    });
    for (const { runner } of before) if (!now.some((entry) => entry.runner === runner)) runner.dispose();
    this.entries = [...others, ...now];
    for (const { target, runner } of started) void runner.start(this.services.remembered(target));
  }

  /** A file was written or created, or a file or folder deleted. @param path absolute */
  touch(path: string): void {
    for (const { target, runner } of this.entries) {
      const isInput = runner.inputs.some((input) => isWithin(input, path) || isWithin(path, input));
      if (isInput || runner.outputs.some((output) => isWithin(path, output))) runner.touch();
      else if (this.mayBeInput(target, path)) runner.touchUnknown(path);
    }
  }

  /** A run wrote these files. */
  wrote(paths: readonly string[]): void {
    for (const path of paths) this.outputs.add(path);
  }

  runner(id: string): RecipeRunner | undefined {
    return this.entries.find(({ target }) => target.id === id)?.runner;
  }

  /** The recipe at a place of a file. */
  target(file: string, index: number): RecipeTarget | undefined {
    return this.entries.find(({ target }) => target.file === file && target.index === index)?.target;
  }

  dispose(): void {
    for (const { runner } of this.entries) runner.dispose();
    this.entries = [];
  }

  /** External data lie beside the model or below it. */
  private mayBeInput({ model, file }: RecipeTarget, path: string): boolean {
    const isOwn = this.outputs.has(path) || TEMPORARY_FILE.test(basename(path)) || path === file;
    return !isOwn && isWithin(dirname(model), path);
  }
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
