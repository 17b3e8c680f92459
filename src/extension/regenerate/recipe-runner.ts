/**
 * Keeps the outputs of one recipe up to date: waits until its files are written, looks whether their bytes differ from those
 * that the outputs were made of, and runs the recipe. Knows nothing of VS Code.
 */
import { BitwrightError } from "../../protocol/errors";
import type { Checked, Generated } from "../../protocol/worker";
import { sameDigests, type InputDigests, type InputSnapshot } from "../../runtime/input-files";

/** Files that stay as they are for so long are taken as written. */
export const SETTLE_MS = 100;

/** A model that is missing or empty for longer stays so: exporters delete the old one before they write the new one. */
export const PATIENCE_MS = 2_000;

/** A worker that ends by itself is given another try, lest a passing lack of memory leaves old outputs. */
const MAX_CRASHES = 1;

export const REGENERATE_MODES = ["always", "ask", "never"] as const;
export type RegenerateMode = (typeof REGENERATE_MODES)[number];

export type RecipeState =
  | { readonly kind: "unknown" }
  | { readonly kind: "current" }
  | { readonly kind: "stale" }
  | { readonly kind: "running" }
  | { readonly kind: "failed"; readonly error: BitwrightError };

export type RunProgress = (step: string, share: number) => void;

/** What a successful run leaves for the next session: digests of what went in and of what came out. */
export interface RememberedRun {
  readonly inputs: InputDigests;
  readonly outputs: InputDigests;
}

export interface RunnerServices {
  snapshot(paths: readonly string[]): Promise<InputSnapshot>;
  digests(paths: readonly string[]): Promise<InputDigests>;
  /** @throws BitwrightError */
  generate(signal: AbortSignal, progress: RunProgress | undefined): Promise<Generated>;
  /** Compares, writes nothing. @throws BitwrightError */
  check(signal: AbortSignal): Promise<Checked>;
  mode(): RegenerateMode;
  /** The state, or the inputs, are others. */
  changed(): void;
  finished(generated: Generated, run: RememberedRun): void;
}

interface Run {
  readonly inputs: InputDigests;
  readonly controller: AbortController;
}

export class RecipeRunner {
  private current: RecipeState = { kind: "unknown" };
  private paths: readonly string[];
  /** What the outputs were made of; undefined where that is not known, or a run was broken off. */
  private made: InputDigests | undefined;
  /** What the last run failed on. */
  private failedOn: InputDigests | undefined;
  private run: Run | undefined;
  private crashes = 0;
  private timer: NodeJS.Timeout | undefined;
  /** The last glance at the inputs. */
  private seen: Promise<InputSnapshot> | undefined;
  private touchedAt: number | undefined;
  /** Counts touches, so that a look that something overtook is given up. */
  private turn = 0;
  /** Written during a run, and perhaps read by it. */
  private readonly writtenMeanwhile = new Set<string>();
  private disposed = false;

  /** @param inputs absolute paths of the files that the recipe names */
  constructor(
    inputs: readonly string[],
    private readonly services: RunnerServices,
  ) {
    this.paths = inputs;
  }

  get state(): RecipeState {
    return this.current;
  }

  /** Absolute paths of all files that the outputs depend on, as far as they are known. */
  get inputs(): readonly string[] {
    return this.paths;
  }

  /** Finds out how things stand when a window opens. @param remembered the last run of an earlier session */
  async start(remembered: RememberedRun | undefined): Promise<void> {
    if (remembered !== undefined) {
      this.learn([...remembered.inputs.keys()]);
      const [inputs, outputs] = await Promise.all([
        this.services.digests(this.paths),
        this.services.digests([...remembered.outputs.keys()]),
      ]);
      if (sameDigests(inputs, remembered.inputs) && sameDigests(outputs, remembered.outputs)) {
        if (this.turn > 0) return;
        this.made = inputs;
        this.enter({ kind: "current" });
        return;
      }
    }
    if (this.services.mode() === "always") this.touch();
    else await this.check();
  }

  /** One of the inputs was written, created or deleted. */
  touch(): void {
    if (this.disposed) return;
    this.turn++;
    this.touchedAt ??= Date.now();
    this.seen = this.services.snapshot(this.paths);
    this.schedule();
  }

  /** A file that is not known as an input was written: it may yet turn out to be one. */
  touchUnknown(path: string): void {
    if (this.run !== undefined) this.writtenMeanwhile.add(path);
    else if (this.current.kind === "failed") {
      this.failedOn = undefined;
      this.touch();
    }
  }

  /** Runs whatever the setting and the files say, in place of a run under way. @throws BitwrightError */
  async runNow(progress?: RunProgress, signal?: AbortSignal): Promise<Generated> {
    this.turn++;
    clearTimeout(this.timer);
    this.touchedAt = undefined;
    const inputs = await this.services.digests(this.paths);
    return this.generate(inputs, progress, signal);
  }

  dispose(): void {
    this.disposed = true;
    this.turn++;
    clearTimeout(this.timer);
    this.breakOff();
  }

  private schedule(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(), SETTLE_MS);
  }

  private async look(): Promise<void> {
    const turn = this.turn;
    const before = await this.seen;
    const now = await this.services.snapshot(this.paths);
    if (turn !== this.turn) return;
    const waited = Date.now() - (this.touchedAt ?? 0);
    if (before?.signature !== now.signature || (!now.isComplete && waited < PATIENCE_MS)) {
      this.seen = Promise.resolve(now);
      this.schedule();
      return;
    }
    const inputs = await this.services.digests(this.paths);
    if (turn !== this.turn) return;
    this.touchedAt = undefined;
    this.settle(inputs);
  }

  private settle(inputs: InputDigests): void {
    const superseded = this.run;
    if (superseded !== undefined && sameDigests(superseded.inputs, inputs)) return;
    if (superseded === undefined) {
      if (this.made !== undefined && sameDigests(this.made, inputs)) {
        this.enter({ kind: "current" });
        return;
      }
      if (this.failedOn !== undefined && sameDigests(this.failedOn, inputs)) return;
    }
    if (superseded === undefined && this.services.mode() !== "always") this.enter({ kind: "stale" });
    else void this.generate(inputs).catch(() => undefined); // the state says why
  }

  private async generate(inputs: InputDigests, progress?: RunProgress, signal?: AbortSignal): Promise<Generated> {
    this.breakOff();
    const run: Run = { inputs, controller: new AbortController() };
    this.run = run;
    this.made = undefined;
    this.failedOn = undefined;
    this.writtenMeanwhile.clear();
    this.enter({ kind: "running" });
    const signals = [run.controller.signal, ...(signal === undefined ? [] : [signal])];
    try {
      const generated = await this.services.generate(AbortSignal.any(signals), progress);
      await this.succeed(run, generated);
      return generated;
    } catch (thrown) {
      const error = BitwrightError.from(thrown);
      if (this.run !== run) throw error;
      if (error.code === "worker-crashed" && this.crashes++ < MAX_CRASHES) {
        return await this.generate(inputs, progress, signal);
      }
      await this.fail(run, error);
      throw error;
    }
  }

  /** Files that were written during the run make another one necessary. */
  private async succeed(run: Run, generated: Generated): Promise<void> {
    if (this.run !== run) return;
    this.crashes = 0;
    const news = this.learn(generated.modelFiles);
    const [inputs, outputs] = await Promise.all([
      this.services.digests(this.paths),
      this.services.digests(generated.files),
    ]);
    if (this.run !== run) return;
    this.run = undefined;
    if (sameDigests(run.inputs, inputs) && !news.some((path) => this.writtenMeanwhile.has(path))) {
      this.made = inputs;
      this.services.finished(generated, { inputs, outputs });
      this.enter({ kind: "current" });
    } else {
      this.enter({ kind: "stale" });
      this.touch();
    }
  }

  /** What failed on files that were being written is tried again once they are. */
  private async fail(run: Run, error: BitwrightError): Promise<void> {
    const inputs = await this.services.digests(this.paths);
    if (this.run !== run) return;
    this.run = undefined;
    this.crashes = 0;
    if (error.code === "cancelled") {
      this.enter({ kind: "stale" });
    } else if (sameDigests(run.inputs, inputs)) {
      this.failedOn = inputs;
      this.enter({ kind: "failed", error });
    } else {
      this.enter({ kind: "stale" });
      this.touch();
    }
  }

  private async check(): Promise<void> {
    const inputs = await this.services.digests(this.paths);
    const run: Run = { inputs, controller: new AbortController() };
    this.run = run;
    try {
      const { stale, modelFiles } = await this.services.check(run.controller.signal);
      if (this.run !== run) return;
      this.run = undefined;
      this.learn(modelFiles);
      if (stale.length > 0) this.enter({ kind: "stale" });
      else {
        this.made = await this.services.digests(this.paths);
        this.enter({ kind: "current" });
      }
    } catch (thrown) {
      await this.fail(run, BitwrightError.from(thrown));
    }
  }

  private breakOff(): void {
    const { run } = this;
    this.run = undefined;
    run?.controller.abort();
  }

  /** Takes more files as inputs; returns those that were not known. */
  private learn(paths: readonly string[]): string[] {
    const news = paths.filter((path) => !this.paths.includes(path));
    if (news.length > 0) this.paths = [...this.paths, ...news];
    return news;
  }

  private enter(state: RecipeState): void {
    this.current = state;
    if (!this.disposed) this.services.changed();
  }
}
