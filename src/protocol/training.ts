/** What a training run tells while it goes on, and what it can be told. */
import type { MixtureComponent, QuantizationGrid } from "./diagnosis";

/** What a run makes smaller; by `distillation` the right class of a sample is the one that the float model names. */
export type TrainingLoss = "cross-entropy" | "mean-squared-error" | "distillation";

/** All is read, and the first step is about to be taken. */
export interface TrainingStart {
  readonly kind: "start";
  /** Steps that are done: more than 0 where the run goes on from a checkpoint. */
  readonly step: number;
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly loss: TrainingLoss;
  /** Of the float model, on the validation samples. */
  readonly float: TrainingScore;
  readonly trainingSamples: number;
  readonly validationSamples: number;
}

export interface TrainingScore {
  readonly loss: number;
  /** Share of samples with the right class; null where there are no classes. */
  readonly accuracy: number | null;
}

/** A step; sent a few times a second, not for every one. */
export interface TrainingStep {
  readonly kind: "step";
  /** Steps that are done. */
  readonly step: number;
  readonly steps: number;
  /** Counted from 1. */
  readonly epoch: number;
  /** Mean over the steps since the last event. */
  readonly loss: number;
  /** Share of samples with the right class; null where there are no classes. */
  readonly accuracy: number | null;
  readonly learningRate: number;
  readonly stepsPerSecond: number;
}

/** What the codes reach on the samples that are kept for it. */
export interface TrainingEvaluation {
  readonly kind: "evaluation";
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number | null;
  /** Better than all evaluations before. */
  readonly isBest: boolean;
  readonly layers: readonly TrainingLayer[];
}

export interface TrainingLayer {
  readonly name: string;
  /** Of the codes against the float weights that are trained; null where exact, or where the layer has no codes. */
  readonly sqnrDb: number | null;
}

/** A layer's weights, asked for by the command `histogram`. */
export interface TrainingHistogram {
  readonly kind: "histogram";
  readonly step: number;
  readonly layer: string;
  /** Edges of the bins, which are of equal width. */
  readonly min: number;
  readonly max: number;
  /** The float weights that are trained. */
  readonly counts: readonly number[];
  /** What their codes stand for. */
  readonly quantizedCounts: readonly number[];
  /** Null where there are more levels than could be drawn, or the layer has no codes. */
  readonly grid: QuantizationGrid | null;
  /** By ascending mean; null where no mixture is trained along. */
  readonly mixture: readonly MixtureComponent[] | null;
}

export interface TrainingState {
  readonly kind: "state";
  readonly state: "running" | "paused" | "stopping";
}

export type TrainingEvent = TrainingStart | TrainingStep | TrainingEvaluation | TrainingHistogram | TrainingState;

export type TrainingCommand =
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  /** Ends the run; what was best so far is written. */
  | { readonly kind: "keep" }
  /** Ends the run; nothing but a checkpoint is left. */
  | { readonly kind: "stop" }
  /** Answers with a histogram of the layer of that name; no such layer, no answer. */
  | { readonly kind: "histogram"; readonly layer: string };

/** What a run ended with. */
export interface TrainingReport {
  readonly loss: TrainingLoss;
  readonly steps: number;
  readonly epochs: number;
  /** Why it ended. */
  readonly ended: "finished" | "early-stop" | "kept";
  readonly best: TrainingEvaluation;
  /** Of the trained model quantized by its recipe, as integers in ONNX Runtime. */
  readonly deployed: TrainingScore;
  /** Much of the float model's accuracy is lost, and statistics of the batch, which few bits need, were not tried. */
  readonly wantsNormalization: boolean;
  /** Of the float model before, on the same samples. */
  readonly float: TrainingScore;
  /** Of the model before, quantized and not trained. */
  readonly before: TrainingScore;
  readonly trainingSamples: number;
  readonly validationSamples: number;
}
