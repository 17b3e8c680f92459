/** Training as text for terminals. */
import type { TrainingEvaluation, TrainingReport } from "../protocol/training";

interface Score {
  readonly loss: number;
  readonly accuracy: number | null;
}

/** One line for an evaluation. */
export function formatEvaluation({ epoch, step, isBest, layers, ...score }: TrainingEvaluation): string {
  const ratios = layers.flatMap(({ sqnrDb }) => (sqnrDb === null ? [] : [sqnrDb]));
  const sqnr =
    ratios.length === 0 ? "" : `  SQNR ${Math.min(...ratios).toFixed(1)} to ${Math.max(...ratios).toFixed(1)} dB`;
  return `epoch ${String(epoch).padStart(3)}  step ${String(step).padStart(6)}  ${scoreText(score)}${sqnr}${isBest ? "  best" : ""}\n`;
}

/** What a run ended with. */
export function formatTraining({ float, before, best, deployed, ended, ...run }: TrainingReport): string {
  const reason = { finished: "", "early-stop": ", no better for the patience given", kept: ", ended early" }[ended];
  return [
    "",
    `float model           ${scoreText(float)}`,
    `quantized             ${scoreText(before)}`,
    `quantized and trained ${scoreText(best)}  (epoch ${best.epoch})`,
    `as deployed           ${scoreText(deployed)}`,
    `${run.steps} steps on ${run.trainingSamples} samples${reason}; judged on ${run.validationSamples} others`,
    "",
  ].join("\n");
}

function scoreText({ loss, accuracy }: Score): string {
  const text = `loss ${loss.toFixed(4)}`;
  return accuracy === null ? text : `${text}  accuracy ${(100 * accuracy).toFixed(2)} %`;
}
