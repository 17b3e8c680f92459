/**
 * Keeps the outputs of one recipe up to date: looks whether the bytes of its files, or those of the outputs, differ from those
 * of the last run, and runs the recipe. Knows nothing of VS Code.
 */
import { BitwrightError } from "../../protocol/errors";
import type { Checked, Generated } from "../../protocol/worker";
import { sameDigests, type InputDigests } from "../../runtime/input-files";
import { MadeFiles } from "./made-files";
import type { RecipeState, RegenerateMode, RememberedRun } from "./recipe-state";
import { SettledInputs, type SettledInputsServices } from "./settled-inputs";

/** A worker that ends by itself is given another try, lest a passing lack of memory leaves old outputs. */
const MAX_CRASHES = 1;

export type RunProgress = (step: string, share: number) => void;

export interface RunnerServices extends SettledInputsServices {
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
  /** `check` writes nothing. */
  readonly kind: "generate" | "check";
  readonly inputs: InputDigests;
  readonly controller: AbortController;
}

export class RecipeRunner {
  private readonly settling: SettledInputs;
  private current: RecipeState = { kind: "unknown" };
  private paths: readonly string[];
  private readonly made = new MadeFiles();
  /** What the last run failed on. */
  private failedOn: InputDigests | undefined;
  private run: Run | undefined;
  private crashes = 0;
  /** Written during a run, and perhaps read by it. */
  private readonly writtenMeanwhile = new Set<string>();
  private disposed = false;

  /** @param inputs absolute paths of the files that the recipe names */
  constructor(
    inputs: readonly string[],
    private readonly services: RunnerServices,
  ) {
    this.paths = inputs;
    this.settling = new SettledInputs(
      services,
      () => this.paths,
      () => [...this.paths, ...this.outputs],
      (digests) => {
        this.settle(digests);
      },
    );
  }

  get state(): RecipeState {
    return this.current;
  }

  /** Absolute paths of all files that the outputs depend on, as far as they are known. */
  get inputs(): readonly string[] {
    return this.paths;
  }

  /** Absolute paths of the files that it makes, as far as they are known. */
  get outputs(): readonly string[] {
    return this.made.outputs;
  }

  /** Finds out how things stand when a window opens. @param remembered the last run of an earlier session */
  async start(remembered: RememberedRun | undefined): Promise<void> {
    if (remembered !== undefined) {
      this.learn([...remembered.inputs.keys()]);
      const [inputs, outputs] = await Promise.all([
        this.services.digests(this.paths),
        this.services.digests([...remembered.outputs.keys()]),
      ]);
      if (this.disposed || this.current.kind !== "unknown") return;
      if (sameDigests(inputs, remembered.inputs) && sameDigests(outputs, remembered.outputs)) {
        this.made.keep({ inputs, outputs });
        if (this.settling.isPending) this.services.changed();
        else this.enter({ kind: "current" });
        return;
      }
    }
    if (this.services.mode() === "always") this.touch();
    else await this.check(await this.services.digests(this.paths));
  }

  /** One of the inputs or outputs was written, created or deleted. */
  touch(): void {
    if (!this.disposed) this.settling.touch();
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
    this.settling.cancel();
    const inputs = await this.services.digests(this.paths);
    if (this.disposed) throw new BitwrightError("cancelled", "the recipe is another by now", "Run it again");
    return this.generate(inputs, progress, signal);
  }

  dispose(): void {
    this.disposed = true;
    this.settling.cancel();
    this.breakOff();
  }

  private settle(digests: InputDigests): void {
    const { run } = this;
    const inputs = new Map([...digests].filter(([path]) => this.paths.includes(path)));
    if (run !== undefined && sameDigests(run.inputs, inputs)) return;
    if (run === undefined) {
      if (this.made.areStill(digests)) {
        this.enter({ kind: "current" });
        return;
      }
      if (this.failedOn !== undefined && sameDigests(this.failedOn, inputs)) return;
    }
    const isAlways = this.services.mode() === "always" && !this.made.areContested(digests);
    if (run?.kind === "generate" || isAlways) {
      void this.generate(inputs).catch(() => undefined); // the state says why
    } else if (run?.kind === "check") void this.check(inputs);
    else this.enter({ kind: "stale" });
  }

  private async generate(inputs: InputDigests, progress?: RunProgress, signal?: AbortSignal): Promise<Generated> {
    const run = this.begin("generate", inputs);
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

  private async check(inputs: InputDigests): Promise<void> {
    const run = this.begin("check", inputs);
    try {
      const { stale, files, modelFiles } = await this.services.check(run.controller.signal);
      const outputs = await this.services.digests(files);
      const inputs = await this.end(run, modelFiles);
      if (inputs === undefined) return;
      if (stale.length > 0) this.enter({ kind: "stale" });
      else {
        this.made.keep({ inputs, outputs });
        this.enter({ kind: "current" });
      }
    } catch (thrown) {
      await this.fail(run, BitwrightError.from(thrown));
    }
  }

  /** A run in place of the one under way. */
  private begin(kind: Run["kind"], inputs: InputDigests): Run {
    this.breakOff();
    const run: Run = { kind, inputs, controller: new AbortController() };
    this.run = run;
    this.made.forget();
    this.failedOn = undefined;
    this.writtenMeanwhile.clear();
    return run;
  }

  private async succeed(run: Run, generated: Generated): Promise<void> {
    const outputs = await this.services.digests(generated.files);
    const inputs = await this.end(run, generated.modelFiles);
    if (inputs === undefined) return;
    this.crashes = 0;
    this.made.keep({ inputs, outputs });
    this.services.finished(generated, { inputs, outputs });
    this.enter({ kind: "current" });
  }

  /**
   * Ends a run that came to its end. Files that were written during it make another one necessary.
   * @returns digests of what it read; undefined where that is not what there is now, or another run took its place
   */
  private async end(run: Run, modelFiles: readonly string[]): Promise<InputDigests | undefined> {
    if (this.run !== run) return undefined;
    const news = this.learn(modelFiles);
    const inputs = await this.services.digests(this.paths);
    if (this.run !== run) return undefined;
    this.run = undefined;
    if (sameDigests(run.inputs, inputs) && !news.some((path) => this.writtenMeanwhile.has(path))) return inputs;
    this.enter({ kind: "stale" });
    this.touch();
    return undefined;
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
