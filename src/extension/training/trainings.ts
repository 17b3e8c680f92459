/** The training of this window: one run at a time, in a process of its own, with its panel and its item in the status bar. */
import { basename } from "node:path";
import * as vscode from "vscode";
import { BitwrightError } from "../../protocol/errors";
import type { ToTrainingPage, TrainingAction } from "../../protocol/training-page";
import type { Trained } from "../../protocol/worker";
import type { AskServices } from "../analyze/ask";
import type { CurrentModel } from "../current-model";
import { Disposable } from "../disposable";
import { showFailure } from "../failures";
import { HAS_TRAINING } from "../identifiers";
import { LazyWorker } from "../lazy-worker";
import { requireTrust } from "../workspace-place";
import { announceResult } from "./announce";
import type { Plan } from "./plan";
import { askAfterClosing, askToTrainAnew, confirmDiscard, offerResume, sayBusy } from "./prompts";
import { TrainingRun, type RunListener } from "./run";
import { TrainingStatusItem } from "./status-item";
import { TrainingStore, type StoredRun } from "./store";
import { TrainingPanel } from "./training-panel";
import { useResult, type ResultServices } from "./use-result";
import { viewOf } from "./view";

/** Milliseconds between records of the run on disk. */
const RECORD_INTERVAL = 2000;

export interface TrainingsServices extends AskServices, ResultServices {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly current: CurrentModel;
  /** Folder that outlives the window; undefined without a workspace. */
  readonly storage: vscode.Uri | undefined;
}

/** A run and what it is made of. */
interface Training {
  readonly plan: Plan;
  readonly run: TrainingRun;
}

export class Trainings extends Disposable implements RunListener {
  private readonly store: TrainingStore;
  private readonly panel: TrainingPanel;
  private readonly status = this.own(new TrainingStatusItem());
  private training: Training | undefined;
  /** What was found on disk, until another run begins. */
  private interrupted: StoredRun | undefined;
  private hasCheckpoint = false;
  private recordedAt = 0;
  private readonly found: Promise<void>;

  constructor(private readonly services: TrainingsServices) {
    super();
    const { extensionUri, log, storage } = services;
    this.store = new TrainingStore(storage && vscode.Uri.joinPath(storage, "training"), log);
    this.panel = this.own(
      new TrainingPanel({
        extensionUri,
        log,
        view: () => this.view(),
        act: (action) => void this.guard(this.act(action)),
        select: (layer) => {
          this.training?.run.select(layer);
        },
        draw: () => {
          this.training?.run.draw();
        },
        closed: () => void this.guard(this.afterClosing()),
      }),
    );
    this.found = this.guard(this.find());
  }

  /** The model whose training has the focus. */
  get activeModel(): vscode.Uri | undefined {
    return this.panel.isActive ? this.model : undefined;
  }

  /**
   * Asks for what is not given, and trains.
   * @param given answers in place of the questions, in the form of `TrainingAnswers`; anything else is as none
   * @throws BitwrightError not-available in an untrusted workspace; output-outside
   */
  async train(model: vscode.Uri | undefined, given: unknown): Promise<void> {
    requireTrust(vscode.l10n.t("training runs the model and writes files"));
    await this.found;
    if (!(await this.mayReplaceRun())) return;
    const { planTraining } = await import("./plan-training");
    const plan = await planTraining(this.services, model, given);
    if (plan === undefined) return;
    await this.store.clear();
    this.hasCheckpoint = false;
    await this.begin(plan);
  }

  /** Shows the run of this window, or what is left of one before. */
  async open(): Promise<void> {
    await this.found;
    this.panel.show();
  }

  override dispose(): void {
    this.training?.run.end();
    super.dispose();
  }

  changed(run: TrainingRun): void {
    if (run !== this.training?.run || this.isDisposed) return;
    this.showStatus();
    this.panel.send();
    if (run.isActive) this.record();
  }

  stepped(run: TrainingRun): void {
    const { lastStep, secondsLeft } = run.history;
    if (run !== this.training?.run || lastStep === null) return;
    this.showStatus();
    this.panel.tell({ kind: "step", step: lastStep, secondsLeft });
  }

  drawn(run: TrainingRun): void {
    const { histogram } = run.history;
    if (run === this.training?.run && histogram !== null) this.panel.tell({ kind: "histogram", histogram });
  }

  private get plan(): Plan | undefined {
    return this.training?.plan ?? this.interrupted?.plan;
  }

  private get model(): vscode.Uri | undefined {
    return this.plan && vscode.Uri.parse(this.plan.model);
  }

  /** Carries a plan out, from the start or from the checkpoint of an interrupted run. */
  private async begin(plan: Plan, known?: StoredRun): Promise<void> {
    const { checkpoint } = this.store;
    const process = new LazyWorker(this.services.extensionUri, this.services.log);
    const worker = {
      run: process.run.bind(process),
      tell: (command: Parameters<LazyWorker["tell"]>[0]) => void process.tell(command),
      dispose: () => {
        process.dispose();
      },
    };
    const run = new TrainingRun(worker, this, known?.history);
    this.training = { plan, run };
    this.interrupted = undefined;
    this.panel.show();
    this.changed(run);
    await vscode.commands.executeCommand("setContext", HAS_TRAINING, true);
    const trained = await run.start({
      ...plan.request,
      ...(checkpoint === undefined ? {} : { checkpoint }),
      resume: known !== undefined,
    });
    if (this.isDisposed) return;
    await this.ended(plan, run, trained);
  }

  private async ended(plan: Plan, run: TrainingRun, trained: Trained | undefined): Promise<void> {
    if (trained !== undefined) await this.store.clear();
    if (run !== this.training?.run) return;
    this.hasCheckpoint = trained === undefined && (await this.store.hasCheckpoint());
    this.showStatus();
    this.panel.send();
    if (trained !== undefined) {
      const action = await announceResult(plan, trained, this.panel.isVisible);
      if (action !== undefined) await this.act(action);
    } else if (run.failure !== null && run.failure.code !== "cancelled")
      await showFailure(run.failure, this.services.log);
  }

  private async act(action: TrainingAction): Promise<void> {
    const run = this.training?.run;
    switch (action) {
      case "pause":
        run?.pause();
        return;
      case "resume":
        run?.resume();
        return;
      case "keep":
        run?.keep();
        return;
      case "discard":
        return this.discard();
      case "resume-checkpoint":
        return this.goOn();
      case "train-again":
        return this.train(this.model, undefined);
      case "generate":
      case "open-report":
      case "open-model":
        if (run?.trained) return useResult(this.services, run.trained, action);
    }
  }

  /** Goes on from the checkpoint. */
  private async goOn(): Promise<void> {
    requireTrust(vscode.l10n.t("training runs the model and writes files"));
    const known =
      this.training === undefined ? this.interrupted : { plan: this.training.plan, history: this.training.run.history };
    if (known === undefined || this.training?.run.isActive === true) return;
    if (!(await this.store.hasCheckpoint())) {
      throw new BitwrightError("checkpoint-invalid", "there is no checkpoint any more", "Train again");
    }
    await this.begin(known.plan, known);
  }

  private async discard(): Promise<void> {
    const { training } = this;
    if (training === undefined && this.interrupted === undefined) return;
    const isAtStart = training?.run.history.lastStep === null;
    if (!isAtStart && !(await confirmDiscard())) return;
    if (this.training !== training || training?.run.phase === "done") return;
    this.training = undefined;
    this.interrupted = undefined;
    this.hasCheckpoint = false;
    training?.run.end();
    await this.store.clear();
    this.showStatus();
    this.panel.send();
  }

  /** Closing the panel does not end a run. */
  private async afterClosing(): Promise<void> {
    const run = this.training?.run;
    if (run?.isActive !== true || this.isDisposed) return;
    const answer = await askAfterClosing();
    if (answer === "show") this.panel.show();
    if (run !== this.training?.run) return;
    if (answer === "keep") run.keep();
    if (answer === "discard") await this.discard();
  }

  /** Offers to go on with a run that ended with its window. */
  private async find(): Promise<void> {
    const stored = await this.store.load();
    if (stored === undefined || this.isDisposed) return;
    this.interrupted = stored;
    this.hasCheckpoint = true;
    this.showStatus();
    this.panel.send();
    void this.guard(this.offer(stored));
  }

  private async offer({ plan }: StoredRun): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    const answer = await offerResume(basename(plan.request.modelPath));
    if (this.interrupted?.plan !== plan) return;
    if (answer === "resume") await this.goOn();
    if (answer === "show") this.panel.show();
    if (answer === "discard") await this.discard();
  }

  /** Asks before another run takes the place of one that is under way or could be resumed. */
  private async mayReplaceRun(): Promise<boolean> {
    if (this.training?.run.isActive === true) {
      this.panel.show();
      sayBusy();
      return false;
    }
    if (this.interrupted === undefined) return true;
    const answer = await askToTrainAnew();
    if (answer === "resume") await this.goOn();
    return answer === "anew";
  }

  private record(): void {
    const now = performance.now();
    if (this.training === undefined || now - this.recordedAt < RECORD_INTERVAL) return;
    this.recordedAt = now;
    const { plan, run } = this.training;
    const { start, steps, evaluations, layers } = run.history;
    void this.store.save({ plan, history: { start, steps, evaluations, layers } });
  }

  private showStatus(): void {
    const { training } = this;
    const isActive = training?.run.isActive === true;
    if (isActive) {
      const { lastStep } = training.run.history;
      const share = lastStep === null ? 0 : lastStep.step / lastStep.steps;
      this.status.show(basename(training.plan.request.modelPath), training.run.phase, share);
      return;
    }
    this.status.hide();
    void vscode.commands.executeCommand(
      "setContext",
      HAS_TRAINING,
      training !== undefined || this.interrupted !== undefined,
    );
  }

  private view(): ToTrainingPage {
    const { plan, training, interrupted, hasCheckpoint } = this;
    if (plan === undefined) return { kind: "empty" };
    const isTrusted = vscode.workspace.isTrusted;
    return { kind: "view", view: viewOf(plan, training?.run, interrupted?.history, { hasCheckpoint, isTrusted }) };
  }

  private async guard(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (thrown) {
      await showFailure(thrown, this.services.log);
    }
  }
}
