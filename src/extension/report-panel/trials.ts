/** Tries another equalization on the model of a report: one trial at a time, nothing is written. */
import { BitwrightError } from "../../protocol/errors";
import type { EqualizationSettings, Trial, TrialState } from "../../protocol/trial";
import { dataPlaceOf } from "../analyze/place";
import type { ModelView } from "../current-model";
import { Disposable } from "../disposable";
import type { JobOptions } from "../../worker/client";
import type { LazyWorker } from "../lazy-worker";
import { requireTrust } from "../workspace-place";
import { trialFrom } from "./trial-figures";

export class Trials extends Disposable {
  private running: { readonly view: ModelView; readonly controller: AbortController; state: TrialState } | undefined;
  private last: { readonly view: ModelView; readonly trial: Trial } | undefined;

  /** @param report called when the state of a view has changed */
  constructor(
    private readonly worker: LazyWorker,
    private readonly report: (view: ModelView) => void,
  ) {
    super();
  }

  /** Ends the trial before; never rejects. */
  async try(view: ModelView, settings: EqualizationSettings): Promise<void> {
    this.cancel();
    const controller = new AbortController();
    const running: Trials["running"] = { view, controller, state: { kind: "running", step: "", share: 0 } };
    this.running = running;
    this.report(view);
    const { signal } = controller;
    const progress = (step: string, share: number): void => {
      if (signal.aborted) return;
      running.state = { kind: "running", step, share };
      this.report(view);
    };
    const state = await this.run(view, settings, { signal, progress });
    if (signal.aborted) return;
    running.state = state;
    if (state.kind === "done") this.last = { view, trial: state.trial };
    this.report(view);
  }

  /** Ends a running trial; what was known before is so again. */
  cancel(): void {
    const { running } = this;
    if (running === undefined) return;
    running.controller.abort();
    this.running = undefined;
    this.report(running.view);
  }

  /** How far the trial of a view is, or the last one that was finished. */
  stateOf(view: ModelView): TrialState {
    if (this.running?.view === view) return this.running.state;
    const trial = this.trialOf(view);
    return trial === undefined ? { kind: "none" } : { kind: "done", trial };
  }

  trialOf(view: ModelView | undefined): Trial | undefined {
    return view !== undefined && this.last?.view === view ? this.last.trial : undefined;
  }

  override dispose(): void {
    super.dispose();
    this.running?.controller.abort();
  }

  private async run(view: ModelView, settings: EqualizationSettings, options: JobOptions): Promise<TrialState> {
    try {
      requireTrust("trying runs the model");
      const { folder, model } = dataPlaceOf(view.uri);
      const output = { directory: ".", emit: ["report"] };
      const recipe = { ...view.report.recipe, ...settings, model, output };
      const request = { baseDirectory: folder, recipe, sensitivity: false };
      const tried = await this.worker.run("analyze", request, options);
      if (tried.model.sha256 !== view.report.model.sha256) throw changed();
      return { kind: "done", trial: trialFrom(settings, view.report, tried) };
    } catch (thrown) {
      return { kind: "failed", message: BitwrightError.from(thrown).message };
    }
  }
}

function changed(): BitwrightError {
  return new BitwrightError("stale", "the model has changed since", "Quantize it again");
}
