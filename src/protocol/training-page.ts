/**
 * What the training panel and the extension say to each other. The extension keeps the history of the run; the page is sent
 * all of it when it is ready, and what is new from then on. Layers are named by their index in the view.
 *
 * The page's messages are hostile: the extension checks them with `fromTrainingPageSchema`.
 */
import * as z from "zod";
import type { ErrorCode } from "./errors";
import type { TrainingHistogram, TrainingReport, TrainingScore, TrainingStart, TrainingStep } from "./training";

/** `interrupted`: the window was closed, and what there is comes from disk. */
export type TrainingPhase =
  "preparing" | "running" | "paused" | "stopping" | "finishing" | "done" | "failed" | "interrupted";

/** Means of the steps up to this one. */
export interface StepPoint extends TrainingScore {
  readonly step: number;
}

/** What the codes reached on the validation samples. */
export interface EvaluationPoint extends TrainingScore {
  readonly step: number;
  readonly epoch: number;
  readonly isBest: boolean;
}

export interface TrainedLayer {
  readonly name: string;
  /** SQNR in dB of the codes against the float weights that are trained, first and last; null where exact, or without codes. */
  readonly before: number | null;
  readonly now: number | null;
}

/** The course of a run; long ones are thinned. */
export interface TrainingHistory {
  readonly start: TrainingStart | null;
  readonly steps: readonly StepPoint[];
  readonly evaluations: readonly EvaluationPoint[];
  readonly layers: readonly TrainedLayer[];
}

/** All that the page shows. */
export interface TrainingView extends TrainingHistory {
  /** File name of the model. */
  readonly model: string;
  readonly epochs: number;
  /** How the network is quantized and what it learns from, in few words. */
  readonly about: readonly string[];
  readonly phase: TrainingPhase;
  readonly lastStep: TrainingStep | null;
  readonly secondsLeft: number | null;
  /** Whose weights are shown; null before there are layers. */
  readonly layer: number | null;
  readonly histogram: TrainingHistogram | null;
  readonly report: TrainingReport | null;
  readonly failure: { readonly code: ErrorCode; readonly message: string } | null;
  /** There is a checkpoint to go on from. */
  readonly canResume: boolean;
  /** False in an untrusted workspace: nothing runs there. */
  readonly isTrusted: boolean;
}

/** Extension → page. */
export type ToTrainingPage =
  | { readonly kind: "view"; readonly view: TrainingView }
  | { readonly kind: "step"; readonly step: TrainingStep; readonly secondsLeft: number | null }
  | { readonly kind: "histogram"; readonly histogram: TrainingHistogram }
  | { readonly kind: "empty" };

/** What a button of the page asks for. */
export const TRAINING_ACTIONS = [
  "pause",
  "resume",
  "keep",
  "discard",
  "resume-checkpoint",
  "train-again",
  "generate",
  "open-report",
  "open-model",
] as const;

export type TrainingAction = (typeof TRAINING_ACTIONS)[number];

/** Page → extension. */
export const fromTrainingPageSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ready") }),
  z.strictObject({ kind: z.literal("action"), action: z.enum(TRAINING_ACTIONS) }),
  z.strictObject({ kind: z.literal("select"), layer: z.int().min(0) }),
]);

export type FromTrainingPage = z.infer<typeof fromTrainingPageSchema>;
