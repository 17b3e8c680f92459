/** A training run in words. */
import type { TrainingHistogram, TrainingScore } from "../../src/protocol/training";
import type {
  EvaluationPoint,
  StepPoint,
  TrainedLayer,
  TrainingPhase,
  TrainingView,
} from "../../src/protocol/training-page";
import { countText, decibelText, figureText, nameText, percentText } from "../shared/format";

export function phaseText(phase: TrainingPhase): string {
  switch (phase) {
    case "preparing":
      return "Preparing: reading the data and scoring the float model";
    case "running":
      return "Training";
    case "paused":
      return "Paused";
    case "stopping":
      return "Stopping: what was best is written";
    case "finishing":
      return "Finishing: the trained model is quantized, scored and written";
    case "done":
      return "Done";
    case "failed":
      return "Failed";
    case "interrupted":
      return "Interrupted";
  }
}

/** `loss 0.1234, accuracy 97.5 %` */
export function scoreText({ loss, accuracy }: TrainingScore): string {
  return accuracy === null ? `loss ${lossText(loss)}` : `loss ${lossText(loss)}, accuracy ${percentText(accuracy)}`;
}

export function lossText(loss: number): string {
  return figureText(Number(loss.toPrecision(4)));
}

/** What is announced after an epoch. */
export function evaluationSentence({ epoch, isBest, ...score }: EvaluationPoint, epochs: number): string {
  const when = epoch === 0 ? "Before training" : `Epoch ${countText(epoch)} of ${countText(epochs)}`;
  return `${when}: ${scoreText(score)}${isBest && epoch > 0 ? ", the best so far" : ""}.`;
}

/** `12 s`, `3 min`, `2 h 5 min`; empty where nothing is known. */
export function durationText(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return "";
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${countText(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

export type Curve = "loss" | "accuracy";

/** What the chart of a curve shows. */
export function curveSentence(
  curve: Curve,
  steps: readonly StepPoint[],
  evaluations: readonly EvaluationPoint[],
  float: TrainingScore | null,
): string {
  const text = (score: TrainingScore | undefined | null): string => {
    const value = score?.[curve] ?? null;
    if (value === null) return "not known";
    return curve === "loss" ? lossText(value) : percentText(value);
  };
  const best = evaluations.findLast(({ isBest }) => isBest);
  return [
    `Line chart of the ${curve} over the steps.`,
    `Training: ${text(steps.at(-1))}. Validation: ${text(evaluations.at(0))} before, ${text(evaluations.at(-1))} now, ${text(best)} at best.`,
    `Float model: ${text(float)}.`,
  ].join(" ");
}

export function sqnrSentence(layers: readonly TrainedLayer[]): string {
  const range = (values: readonly (number | null)[]): string => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? "exact" : `${decibelText(Math.min(...known))} to ${decibelText(Math.max(...known))}`;
  };
  const before = range(layers.map((layer) => layer.before));
  const now = range(layers.map((layer) => layer.now));
  return `Bar chart of the SQNR of ${countText(layers.length)} layers: ${now}, ${before} before training. The arrow keys move from layer to layer.`;
}

export function layerSentence({ name, before, now }: TrainedLayer): string {
  return `${nameText(name)}: ${decibelText(now)}, ${decibelText(before)} before training`;
}

/** How the weights of a layer lie. */
export function weightsSentence({ layer, step, counts, grid, mixture, min, max }: TrainingHistogram): string {
  const weights = counts.reduce((sum, count) => sum + count, 0);
  const lines =
    mixture !== null
      ? `the means of ${countText(mixture.length)} Gaussians: ${mixture.map(({ mean }) => figureText(mean)).join(", ")}`
      : grid !== null
        ? `${countText(grid.levels.length)} levels of the codes`
        : "what the codes stand for";
  return `Histogram of ${countText(weights)} weights of ${nameText(layer)} from ${figureText(min)} to ${figureText(max)} at step ${countText(step)}, with ${lines}.`;
}

/** The end, or why there is none. */
export function outcomeText({ phase, report, failure, canResume }: TrainingView): string {
  if (phase === "failed" && failure !== null) return failure.message;
  if (phase === "interrupted")
    return canResume
      ? "The window was closed while this model was trained. What it learned up to the last checkpoint is kept."
      : "This run was ended, and there is no checkpoint to go on from.";
  if (report === null) return "";
  const ended = {
    finished: `All ${countText(report.epochs)} epochs are done`,
    "early-stop": `It ended after ${countText(report.epochs)} epochs: nothing got better any more`,
    kept: `It was ended after ${countText(report.steps)} steps`,
  }[report.ended];
  const best =
    report.best.epoch === 0 ? "the model before training was the best" : `epoch ${report.best.epoch} was the best`;
  return `${ended}; ${best}, and was written.`;
}
