/** One run of training, judged on test samples by the integers that come out of it. */
import { parseRecipe } from "../../../src/engine/recipe";
import type { Runtime } from "../../../src/engine/runtime";
import { deployedScore } from "../../../src/engine/training/deployed";
import type { Judged } from "../../../src/engine/training/evaluate";
import { SampleReader } from "../../../src/engine/training/samples";
import { checkedTrainingSettings } from "../../../src/engine/training/settings";
import { trainModel, type TrainingData, type TrainingOutcome } from "../../../src/engine/training/train";
import type { TrainingEvaluation } from "../../../src/protocol/training";
import { sha256 } from "./data";

export interface FineTuning {
  readonly bytes: Uint8Array;
  /** A recipe's `weights`; null leaves them in float. */
  readonly weights: object | null;
  /** A recipe's `activations`; null leaves them in float. */
  readonly activations: object | null;
  /** A recipe's `layers`. */
  readonly layers?: object;
  readonly settings: object;
  /** A part of the samples is kept to choose the best epoch by. */
  readonly training: TrainingData;
  /** Called with every evaluation. */
  readonly evaluated?: (evaluation: TrainingEvaluation) => void;
}

export async function fineTune(run: FineTuning, runtime: Runtime): Promise<TrainingOutcome> {
  const { bytes, weights, activations, settings, training } = run;
  const layers = weights === null ? { "*": { keep: "float" } } : run.layers;
  return trainModel({
    source: sourceOf(bytes),
    recipe: parseRecipe({
      model: "network.onnx",
      weights: weights ?? {},
      output: { directory: "." },
      ...(activations === null ? {} : { activations, calibration: { samples: 256 } }),
      ...(layers === undefined ? {} : { layers }),
    }),
    settings: checkedTrainingSettings(settings),
    runtime,
    generatorVersion: "reproduction",
    training,
    validation: null,
    resumeFrom: null,
    control: {
      now: () => performance.now(),
      sha256,
      event: (event) => {
        if (event.kind === "evaluation") run.evaluated?.(event);
      },
    },
  });
}

/** The share of test samples that get the right class, in percent. */
export async function testAccuracy(
  trained: Pick<TrainingOutcome, "bytes" | "recipe">,
  test: TrainingData,
  runtime: Runtime,
): Promise<number> {
  const { accuracy } = await deployedScore(trained, "cross-entropy", await judged(test), runtime);
  return 100 * (accuracy ?? NaN);
}

export async function judged({ samples, targets }: TrainingData): Promise<Judged> {
  const reader = await SampleReader.open(samples);
  if (targets === null) throw new Error("test samples need classes");
  return { reader, targets, indices: Uint32Array.from({ length: reader.count }, (_, index) => index) };
}

export function sourceOf(bytes: Uint8Array) {
  return { name: "network.onnx", bytes, sha256: sha256(bytes), readExternal: () => new Uint8Array(0) };
}
