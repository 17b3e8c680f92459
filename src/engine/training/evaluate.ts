/** What a network reaches on samples that it was not trained on. */
import type { BatchResult } from "./network";
import type { RuntimeTensor, RuntimeTensors } from "../runtime";
import { targetBatch, type SampleReader, type Targets } from "./samples";

export interface Score {
  readonly loss: number;
  /** Null where there are no classes. */
  readonly accuracy: number | null;
}

/** Samples to judge by, by their numbers in the reader. */
export interface Judged {
  readonly reader: SampleReader;
  readonly targets: Targets;
  readonly indices: Uint32Array;
}

/** Samples a run; where the model fixes the batch, so many. */
const BATCH = 256;

/** Loss and accuracy over all samples. @param run forward pass over one batch */
export async function scoreOn(
  { reader, targets, indices }: Judged,
  run: (samples: RuntimeTensors, target: RuntimeTensor) => Promise<BatchResult>,
): Promise<Score> {
  const batch = reader.fixedBatch ?? BATCH;
  let loss = 0;
  let correct: number | null = 0;
  let count = 0;
  for (let start = 0; start < indices.length; start += batch) {
    const chosen = indices.subarray(start, Math.min(start + batch, indices.length));
    const result = await run(await reader.batch(chosen), targetBatch(targets, chosen));
    loss += result.loss * chosen.length;
    correct = correct === null || result.correct === null ? null : correct + result.correct;
    count += chosen.length;
  }
  return { loss: loss / count, accuracy: correct === null ? null : correct / count };
}

/** Whether a score is better: more accurate, or as accurate with less loss; without classes the one with less loss. */
export function isBetter(score: Score, than: Score): boolean {
  const gained = (score.accuracy ?? 0) - (than.accuracy ?? 0);
  return gained > 0 || (gained === 0 && score.loss < than.loss);
}
