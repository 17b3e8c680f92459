/** What the terminal says of a run that has ended. */
import { expect, it } from "vitest";
import { formatTraining } from "../../../src/cli/format-training";
import type { TrainingReport } from "../../../src/protocol/training";

const HINT = "--batch-normalization batch";

function report(wantsNormalization: boolean): TrainingReport {
  const score = { loss: 1, accuracy: 0.8 };
  return {
    steps: 100,
    epochs: 2,
    loss: "cross-entropy",
    ended: "finished",
    best: { kind: "evaluation", step: 100, steps: 100, epoch: 2, ...score, isBest: true, layers: [] },
    float: { loss: 0.1, accuracy: 0.9 },
    before: { loss: 2, accuracy: 0.1 },
    deployed: score,
    wantsNormalization,
    trainingSamples: 900,
    validationSamples: 100,
  };
}

it("hints at normalization where the run wants it, and only there", () => {
  expect(formatTraining(report(true))).toContain(HINT);
  expect(formatTraining(report(false))).not.toContain(HINT);
});

it("gives every score its line", () => {
  const lines = formatTraining(report(false)).split("\n");
  expect(lines).toContain("float model           loss 0.1000  accuracy 90.00 %");
  expect(lines).toContain("quantized             loss 2.0000  accuracy 10.00 %");
  expect(lines).toContain("quantized and trained loss 1.0000  accuracy 80.00 %  (epoch 2)");
  expect(lines).toContain("as deployed           loss 1.0000  accuracy 80.00 %");
});
