/** Diagnoses the layer that is looked at, on the side: one at a time, and the last one asked for. */
import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";
import type { Diagnosis } from "../../protocol/diagnosis";
import { BitwrightError } from "../../protocol/errors";
import type { DiagnosisState } from "../../protocol/webview";
import type { ModelView } from "../current-model";
import { Disposable } from "../disposable";
import type { LazyWorker } from "../lazy-worker";
import { localPath } from "../workspace-place";

/** Whoever walks through the layers with the arrow keys waits at none of them. */
const SELECTION_DELAY_MS = 200;

export class Diagnoser extends Disposable {
  private running: AbortController | undefined;
  /** What was found out about the layers of one report. */
  private known: { readonly view: ModelView; readonly diagnoses: Map<number, Diagnosis> } | undefined;

  constructor(
    private readonly worker: LazyWorker,
    private readonly log: vscode.LogOutputChannel,
    private readonly report: (layer: number, state: DiagnosisState) => void,
  ) {
    super();
  }

  /** Reports how far it is, and the diagnosis; never rejects. A layer that has no codes has none. */
  async diagnose(view: ModelView, layer: number): Promise<void> {
    this.cancel();
    const known = this.diagnosesOf(view).get(layer);
    if (known !== undefined) {
      this.report(layer, { kind: "done", diagnosis: known });
      return;
    }
    const running = new AbortController();
    this.running = running;
    const state = await this.find(view, layer, running.signal);
    if (state === undefined || running.signal.aborted) return;
    if (state.kind === "done") this.diagnosesOf(view).set(layer, state.diagnosis);
    this.report(layer, state);
  }

  cancel(): void {
    this.running?.abort();
    this.running = undefined;
  }

  /** Settings of an alternative that a diagnosis of this view named. */
  alternative(
    view: ModelView | undefined,
    layer: number,
    alternative: number,
  ): Readonly<Record<string, unknown>> | undefined {
    if (view === undefined) return undefined;
    return this.diagnosesOf(view).get(layer)?.alternatives.at(alternative)?.settings;
  }

  override dispose(): void {
    super.dispose();
    this.cancel();
  }

  /** Undefined where it was cancelled or there is nothing to find. */
  private async find(view: ModelView, index: number, signal: AbortSignal): Promise<DiagnosisState | undefined> {
    const layer = view.report.layers.at(index);
    if (layer === undefined || layer.settings === null) return undefined;
    try {
      this.report(index, { kind: "running", step: "", share: 0 });
      await delay(SELECTION_DELAY_MS, undefined, { signal });
      const request = { modelPath: localPath(view.uri), layer: layer.name, weights: layer.settings };
      const progress = (step: string, share: number): void => {
        if (!signal.aborted) this.report(index, { kind: "running", step, share });
      };
      const diagnosis = await this.worker.runOnTheSide("diagnose", request, { signal, progress });
      return diagnosis.modelSha256 === view.report.model.sha256
        ? { kind: "done", diagnosis }
        : { kind: "unavailable", reason: vscode.l10n.t("The model has changed since. Quantize it again.") };
    } catch (thrown) {
      if (signal.aborted) return undefined;
      const error = BitwrightError.from(thrown);
      this.log.warn(error.message);
      return { kind: "unavailable", reason: error.message };
    }
  }

  private diagnosesOf(view: ModelView): Map<number, Diagnosis> {
    if (this.known?.view !== view) this.known = { view, diagnoses: new Map() };
    return this.known.diagnoses;
  }
}
