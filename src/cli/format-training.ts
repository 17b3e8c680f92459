/** Training as text for terminals. */
import type { TrainingEvaluation, TrainingLoss, TrainingReport } from "../protocol/training";

interface Score {
  readonly loss: number;
  readonly accuracy: number | null;
}

/** One line for an evaluation. */
export function formatEvaluation(
  { epoch, step, isBest, layers, ...score }: TrainingEvaluation,
  loss: TrainingLoss,
): string {
  const ratios = layers.flatMap(({ sqnrDb }) => (sqnrDb === null ? [] : [sqnrDb]));
  const sqnr =
    ratios.length === 0 ? "" : `  SQNR ${Math.min(...ratios).toFixed(1)} to ${Math.max(...ratios).toFixed(1)} dB`;
  return `epoch ${String(epoch).padStart(3)}  step ${String(step).padStart(6)}  ${scoreText(score, loss)}${sqnr}${isBest ? "  best" : ""}\n`;
}

/** What a run ended with. */
export function formatTraining({ float, before, best, deployed, ended, loss, ...run }: TrainingReport): string {
  const reason = { finished: "", "early-stop": ", no better for the patience given", kept: ", ended early" }[ended];
  return [
    "",
    `float model           ${scoreText(float, loss)}`,
    `quantized             ${scoreText(before, loss)}`,
    `quantized and trained ${scoreText(best, loss)}  (epoch ${best.epoch})`,
    `as deployed           ${scoreText(deployed, loss)}`,
    ...(best.epoch === 0 ? ["no epoch was better than the start: lower --learning-rate"] : []),
    ...(run.wantsNormalization ? ["much is lost: few bits want --batch-normalization batch, and more --epochs"] : []),
    `${run.steps} steps on ${run.trainingSamples} samples${reason}; judged on ${run.validationSamples} others`,
  ].join("\n");
}

/** By distillation, labels or not, the classes are those that the float model names. */
function scoreText(score: Score, loss: TrainingLoss): string {
  const text = `loss ${score.loss.toFixed(4)}`;
  const share = loss === "distillation" ? "agreement with the float model" : "accuracy";
  return score.accuracy === null ? text : `${text}  ${share} ${(100 * score.accuracy).toFixed(2)} %`;
}
