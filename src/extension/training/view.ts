/** All that the page shows of a run, under way or from disk. */
import { basename } from "node:path";
import type { TrainingHistory, TrainingView } from "../../protocol/training-page";
import type { Plan } from "./plan";
import type { TrainingRun } from "./run";

/** As the worker fills it in. */
const USUAL_EPOCHS = 10;

/**
 * @param run undefined where there is only what was kept of one
 * @param kept its history
 */
export function viewOf(
  { about, request }: Plan,
  run: TrainingRun | undefined,
  kept: TrainingHistory | undefined,
  { hasCheckpoint, isTrusted }: { readonly hasCheckpoint: boolean; readonly isTrusted: boolean },
): TrainingView {
  const history = run?.history ?? kept;
  const epochs = request.settings["epochs"];
  return {
    model: basename(request.modelPath),
    epochs: typeof epochs === "number" ? epochs : USUAL_EPOCHS,
    about,
    phase: run?.phase ?? "interrupted",
    start: history?.start ?? null,
    steps: history?.steps ?? [],
    evaluations: history?.evaluations ?? [],
    layers: history?.layers ?? [],
    lastStep: run?.history.lastStep ?? null,
    secondsLeft: run?.history.secondsLeft ?? null,
    layer: (history?.layers.length ?? 0) > 0 ? (run?.layer ?? 0) : null,
    histogram: run?.history.histogram ?? null,
    report: run?.trained?.report ?? null,
    failure: failureOf(run),
    canResume: run?.isActive !== true && hasCheckpoint,
    isTrusted,
  };
}

function failureOf(run: TrainingRun | undefined): TrainingView["failure"] {
  if (run?.phase !== "failed" || run.failure === null) return null;
  return { code: run.failure.code, message: run.failure.message };
}
