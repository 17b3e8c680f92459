/** Begins runs, goes on with them and discards them, in a process of their own, with what is kept of them on disk. */
import * as vscode from "vscode";
import { BitwrightError } from "../../protocol/errors";
import type { Trained } from "../../protocol/worker";
import { Disposable } from "../disposable";
import { requireTrust } from "../workspace-place";
import type { CurrentRun } from "./current-run";
import type { Plan } from "./plan";
import { TrainingRun, type RunListener } from "./run";
import type { RunDisplay } from "./run-display";
import { trainingProcess } from "./run-process";
import { RunRecorder } from "./run-recorder";
import type { StoredRun, TrainingStore } from "./store";

export interface RunControlServices {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly current: CurrentRun;
  readonly display: RunDisplay;
  readonly store: TrainingStore;
}

/** How a run came to its end: `trained` is undefined where it failed or was interrupted. */
export interface RunEnd {
  readonly plan: Plan;
  readonly run: TrainingRun;
  readonly trained: Trained | undefined;
}

export class RunControl extends Disposable implements RunListener {
  private readonly recorder: RunRecorder;

  constructor(private readonly services: RunControlServices) {
    super();
    this.recorder = new RunRecorder(services.store);
  }

  override dispose(): void {
    this.services.current.run?.end();
    super.dispose();
  }

  /** Takes in what is left of a run that ended with its window; undefined where there is nothing. */
  async find(): Promise<StoredRun | undefined> {
    const { current, display, store } = this.services;
    const stored = await store.load();
    if (stored === undefined || this.isDisposed) return undefined;
    current.find(stored);
    display.update();
    return stored;
  }

  /** Carries a plan out from the start. Resolves when the run is over; undefined where another has taken its place. */
  async begin(plan: Plan): Promise<RunEnd | undefined> {
    await this.services.store.clear();
    this.services.current.hasCheckpoint = false;
    return this.run(plan);
  }

  /**
   * Goes on from the checkpoint; resolves as `begin`.
   * @throws BitwrightError checkpoint-invalid where there is none any more; not-available in an untrusted workspace
   */
  async goOn(): Promise<RunEnd | undefined> {
    requireTrust(vscode.l10n.t("training runs the model and writes files"));
    const known = this.services.current.resumable;
    if (known === undefined) return undefined;
    if (!(await this.services.store.hasCheckpoint())) {
      throw new BitwrightError("checkpoint-invalid", "there is no checkpoint any more", "Train again");
    }
    return this.run(known.plan, known);
  }

  /** Ends the run, and nothing is left of it. */
  async discard(): Promise<void> {
    const { current, display, store } = this.services;
    const { run } = current;
    current.clear();
    run?.end();
    await store.clear();
    display.update();
  }

  changed(run: TrainingRun): void {
    const { current, display } = this.services;
    if (run !== current.run || this.isDisposed) return;
    display.update();
    if (run.isActive && current.plan !== undefined) this.recorder.record(current.plan, run);
  }

  stepped(run: TrainingRun): void {
    if (run === this.services.current.run) this.services.display.updateStep(run.history);
  }

  drawn(run: TrainingRun): void {
    if (run === this.services.current.run) this.services.display.updateHistogram(run.history);
  }

  /** @param known what there is of it already, where it goes on from its checkpoint */
  private async run(plan: Plan, known?: StoredRun): Promise<RunEnd | undefined> {
    const { extensionUri, log, current, display, store } = this.services;
    const { checkpoint } = store;
    const run = new TrainingRun(trainingProcess(extensionUri, log), this, known?.history);
    current.begin(plan, run);
    display.open();
    this.changed(run);
    const trained = await run.start({
      ...plan.request,
      ...(checkpoint === undefined ? {} : { checkpoint }),
      resume: known !== undefined,
    });
    if (this.isDisposed) return undefined;
    if (trained !== undefined) await store.clear();
    if (run !== current.run) return undefined;
    current.hasCheckpoint = trained === undefined && (await store.hasCheckpoint());
    display.update();
    return { plan, run, trained };
  }
}
