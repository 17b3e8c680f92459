/** Training as people ask for it: commands, buttons of the panel, and what they answer when they are asked. */
import { basename } from "node:path";
import * as vscode from "vscode";
import type { TrainingAction } from "../../protocol/training-page";
import type { AskServices } from "../analyze/ask";
import type { CurrentModel } from "../current-model";
import { Disposable } from "../disposable";
import { showFailure } from "../failures";
import { requireTrust } from "../workspace-place";
import { announceResult } from "./announce";
import { CurrentRun } from "./current-run";
import { askAfterClosing, askToTrainAnew, confirmDiscard, offerResume, sayBusy } from "./prompts";
import { RunControl, type RunEnd } from "./run-control";
import { RunDisplay } from "./run-display";
import { TrainingStore, type StoredRun } from "./store";
import { useResult, type ResultServices } from "./use-result";

export interface TrainingsServices extends AskServices, ResultServices {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly current: CurrentModel;
  /** Folder that outlives the window; undefined without a workspace. */
  readonly storage: vscode.Uri | undefined;
}

export class Trainings extends Disposable {
  private readonly current = new CurrentRun();
  private readonly display: RunDisplay;
  private readonly control: RunControl;
  private readonly found: Promise<void>;

  constructor(private readonly services: TrainingsServices) {
    super();
    const { extensionUri, log, storage } = services;
    const { current } = this;
    this.display = this.own(
      new RunDisplay({
        extensionUri,
        log,
        current,
        act: (action) => void this.guard(this.act(action)),
        closed: () => void this.guard(this.afterClosing()),
      }),
    );
    const store = new TrainingStore(storage && vscode.Uri.joinPath(storage, "training"), log);
    this.control = this.own(new RunControl({ extensionUri, log, current, display: this.display, store }));
    this.found = this.guard(this.find());
  }

  /** The model whose training has the focus. */
  get activeModel(): vscode.Uri | undefined {
    return this.display.isActive ? this.model : undefined;
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
    if (plan !== undefined) await this.tell(await this.control.begin(plan));
  }

  /** Shows the run of this window, or what is left of one before. */
  async open(): Promise<void> {
    await this.found;
    this.display.open();
  }

  private get model(): vscode.Uri | undefined {
    const { plan } = this.current;
    return plan && vscode.Uri.parse(plan.model);
  }

  private async act(action: TrainingAction): Promise<void> {
    const { run } = this.current;
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

  private async goOn(): Promise<void> {
    await this.tell(await this.control.goOn());
  }

  /** Says how a run ended. */
  private async tell(end: RunEnd | undefined): Promise<void> {
    if (end === undefined) return;
    const { plan, run, trained } = end;
    if (trained !== undefined) {
      const action = await announceResult(plan, trained, this.display.isVisible);
      if (action !== undefined) await this.act(action);
    } else if (run.failure !== null && run.failure.code !== "cancelled")
      await showFailure(run.failure, this.services.log);
  }

  private async discard(): Promise<void> {
    const { run, plan } = this.current;
    if (plan === undefined) return;
    const isAtStart = run?.history.lastStep === null;
    if (!isAtStart && !(await confirmDiscard())) return;
    if (this.current.run !== run || run?.phase === "done") return;
    await this.control.discard();
  }

  /** Closing the panel does not end a run. */
  private async afterClosing(): Promise<void> {
    const { run } = this.current;
    if (run?.isActive !== true || this.isDisposed) return;
    const answer = await askAfterClosing();
    if (answer === "show") this.display.open();
    if (run !== this.current.run) return;
    if (answer === "keep") run.keep();
    if (answer === "discard") await this.discard();
  }

  /** Offers to go on with a run that ended with its window. */
  private async find(): Promise<void> {
    const stored = await this.control.find();
    if (stored !== undefined) void this.guard(this.offer(stored));
  }

  private async offer({ plan }: StoredRun): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    const answer = await offerResume(basename(plan.request.modelPath));
    if (!this.current.isInterrupted || this.current.plan !== plan) return;
    if (answer === "resume") await this.goOn();
    if (answer === "show") this.display.open();
    if (answer === "discard") await this.discard();
  }

  /** Asks before another run takes the place of one that is under way or could be resumed. */
  private async mayReplaceRun(): Promise<boolean> {
    if (this.current.run?.isActive === true) {
      this.display.open();
      sayBusy();
      return false;
    }
    if (!this.current.isInterrupted) return true;
    const answer = await askToTrainAnew();
    if (answer === "resume") await this.goOn();
    return answer === "anew";
  }

  private async guard(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (thrown) {
      await showFailure(thrown, this.services.log);
    }
  }
}
