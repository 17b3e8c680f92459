/** A training run in words. */
import * as l10n from "@vscode/l10n";
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
      return l10n.t("Preparing: reading the data and scoring the float model");
    case "running":
      return l10n.t("Training");
    case "paused":
      return l10n.t("Paused");
    case "stopping":
      return l10n.t("Stopping: what was best is written");
    case "finishing":
      return l10n.t("Finishing: the trained model is quantized, scored and written");
    case "done":
      return l10n.t("Done");
    case "failed":
      return l10n.t("Failed");
    case "interrupted":
      return l10n.t("Interrupted");
  }
}

/** `loss 0.1234, accuracy 97.5 %` */
export function scoreText({ loss, accuracy }: TrainingScore): string {
  return accuracy === null
    ? l10n.t("loss {0}", lossText(loss))
    : l10n.t("loss {0}, accuracy {1}", lossText(loss), percentText(accuracy));
}

export function lossText(loss: number): string {
  return figureText(Number(loss.toPrecision(4)));
}

/** What is announced after an epoch. */
export function evaluationSentence({ epoch, isBest, ...score }: EvaluationPoint, epochs: number): string {
  if (epoch === 0) return l10n.t("Before training: {0}.", scoreText(score));
  const values = [countText(epoch), countText(epochs), scoreText(score)];
  return isBest
    ? l10n.t("Epoch {0} of {1}: {2}, the best so far.", ...values)
    : l10n.t("Epoch {0} of {1}: {2}.", ...values);
}

/** `12 s`, `3 min`, `2 h 5 min`; empty where nothing is known. */
export function durationText(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return "";
  if (seconds < 60) return l10n.t("{0} s", Math.max(1, Math.round(seconds)));
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return l10n.t("{0} min", minutes);
  return l10n.t("{0} h {1} min", countText(Math.floor(minutes / 60)), minutes % 60);
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
    if (value === null) return l10n.t("not known");
    return curve === "loss" ? lossText(value) : percentText(value);
  };
  const best = evaluations.findLast(({ isBest }) => isBest);
  return [
    curve === "loss"
      ? l10n.t("Line chart of the loss over the steps.")
      : l10n.t("Line chart of the accuracy over the steps."),
    l10n.t(
      "Training: {0}. Validation: {1} before, {2} now, {3} at best.",
      text(steps.at(-1)),
      text(evaluations.at(0)),
      text(evaluations.at(-1)),
      text(best),
    ),
    l10n.t("Float model: {0}.", text(float)),
  ].join(" ");
}

export function sqnrSentence(layers: readonly TrainedLayer[]): string {
  const range = (values: readonly (number | null)[]): string => {
    const known = values.filter((value) => value !== null);
    return known.length === 0
      ? decibelText(null)
      : l10n.t("{0} to {1}", decibelText(Math.min(...known)), decibelText(Math.max(...known)));
  };
  const before = range(layers.map((layer) => layer.before));
  const now = range(layers.map((layer) => layer.now));
  return l10n.t(
    "Bar chart of the SQNR of {0} layers: {1}, {2} before training. The arrow keys move from layer to layer.",
    countText(layers.length),
    now,
    before,
  );
}

export function layerSentence({ name, before, now }: TrainedLayer): string {
  return l10n.t("{0}: {1}, {2} before training", nameText(name), decibelText(now), decibelText(before));
}

/** How the weights of a layer lie. */
export function weightsSentence({ layer, step, counts, grid, mixture, min, max }: TrainingHistogram): string {
  const weights = counts.reduce((sum, count) => sum + count, 0);
  const lines =
    mixture !== null
      ? l10n.t(
          "Lines: the means of {0} Gaussians, {1}.",
          countText(mixture.length),
          mixture.map(({ mean }) => figureText(mean)).join(", "),
        )
      : grid !== null
        ? l10n.t("Lines: {0} levels of the codes.", countText(grid.levels.length))
        : l10n.t("Lines: what the codes stand for.");
  const what = l10n.t(
    "Histogram of {0} weights of {1} from {2} to {3} at step {4}.",
    countText(weights),
    nameText(layer),
    figureText(min),
    figureText(max),
    countText(step),
  );
  return `${what} ${lines}`;
}

/** The end, or why there is none. */
export function outcomeText({ phase, report, failure, canResume }: TrainingView): string {
  if (phase === "failed" && failure !== null) return failure.message;
  if (phase === "interrupted")
    return canResume
      ? l10n.t("The window was closed while this model was trained. What it learned up to the last checkpoint is kept.")
      : l10n.t("This run was ended, and there is no checkpoint to go on from.");
  if (report === null) return "";
  const ended = {
    finished: l10n.t("All {0} epochs are done.", countText(report.epochs)),
    "early-stop": l10n.t("It ended after {0} epochs: nothing got better any more.", countText(report.epochs)),
    kept: l10n.t("It was ended after {0} steps.", countText(report.steps)),
  }[report.ended];
  const best =
    report.best.epoch === 0
      ? l10n.t("The model before training was the best, and was written.")
      : l10n.t("Epoch {0} was the best, and was written.", report.best.epoch);
  return `${ended} ${best}`;
}
