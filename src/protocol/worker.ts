/** What the extension host and the worker process say to each other, over the fork's IPC channel. */
import type { Comparison } from "./comparison";
import type { DatasetCandidate } from "./dataset-candidate";
import type { Diagnosis } from "./diagnosis";
import type { EqualizationComparison } from "./equalization-comparison";
import type { ErrorData } from "./errors";
import type { Report } from "./report";
import type { TrainingCommand, TrainingEvent, TrainingReport } from "./training";

/** Every job: what is asked and what is answered. A job without a handler, or a call of another shape, does not compile. */
export interface Jobs {
  /** Parses and measures a model; writes nothing. */
  readonly inspect: { readonly request: { readonly modelPath: string }; readonly result: Report };
  /** Runs one recipe and writes its outputs. */
  readonly generate: {
    readonly request: {
      /** Absolute folder that the recipe's paths are relative to and that outputs must stay in. */
      readonly baseDirectory: string;
      /** One entry of a recipe file, not yet validated. */
      readonly recipe: unknown;
    };
    readonly result: Generated;
  };
  /** Runs one recipe and compares with its outputs; writes nothing. The recipe's demands are not checked. */
  readonly check: {
    readonly request: Jobs["generate"]["request"];
    readonly result: Checked;
  };
  /** Fits candidate schemes to every layer. */
  readonly compare: {
    readonly request: {
      readonly modelPath: string;
      /** Candidates as the command line takes them: `symmetric:8,ceil:4`. */
      readonly schemes: string;
    };
    readonly result: Comparison;
  };
  /** Tries what would help one layer. */
  readonly diagnose: {
    readonly request: {
      readonly modelPath: string;
      readonly layer: string;
      /** A recipe's `weights`, not yet validated. */
      readonly weights: unknown;
    };
    readonly result: Diagnosis;
  };
  /** Runs one recipe on its calibration data; writes nothing. */
  readonly analyze: {
    readonly request: {
      /** Absolute folder that the recipe's paths are relative to. */
      readonly baseDirectory: string;
      /** One entry of a recipe file, not yet validated. */
      readonly recipe: unknown;
      /** Measure the sensitivity of every layer, too. */
      readonly sensitivity: boolean;
    };
    readonly result: Report;
  };
  /** Trains with the quantizers in the loop; tells of it by events, and can be told commands. */
  readonly train: {
    readonly request: {
      readonly modelPath: string;
      /** Absolute folder that the paths of the recipe's data are relative to. */
      readonly baseDirectory: string;
      /** One entry of a recipe file whose calibration data are the training samples, not yet validated. */
      readonly recipe: unknown;
      /** As `bitwright train` takes them, not yet validated. */
      readonly settings: unknown;
      /** Absolute folder for the trained model and its recipe. */
      readonly directory: string;
      /** Absolute path of the file that checkpoints replace; left out for none. */
      readonly checkpoint?: string;
      /** Goes on from the checkpoint where there is one. */
      readonly resume: boolean;
    };
    readonly result: Trained;
  };
  /** Tries every equalization on a recipe's calibration data; writes nothing. */
  readonly compareEqualizations: {
    readonly request: {
      /** Absolute folder that the recipe's paths are relative to. */
      readonly baseDirectory: string;
      /** One entry of a recipe file, not yet validated. */
      readonly recipe: unknown;
    };
    readonly result: EqualizationComparison;
  };
  /** Finds what in a folder could be calibration data of a model. */
  readonly findData: {
    readonly request: {
      /** Absolute folder to search. */
      readonly folder: string;
      readonly modelPath: string;
    };
    readonly result: readonly DatasetCandidate[];
  };
  /** Adds the recipe that carries a choice of candidates out to a recipe file. */
  readonly addRecipe: {
    readonly request: {
      /** The recipe file, or the folder that is to hold it. */
      readonly file: string;
      readonly modelPath: string;
      readonly comparison: Comparison;
      /** Candidate index by layer name. */
      readonly choice: readonly (readonly [layer: string, candidate: number])[];
    };
    /** Absolute path of the recipe file. */
    readonly result: string;
  };
}

interface RecipeRun {
  readonly report: Report;
  /** Absolute paths of all outputs, in the order of `report.artifacts`. */
  readonly files: readonly string[];
  /** Absolute paths of the model and of what was read of its external data. */
  readonly modelFiles: readonly string[];
}

export interface Checked extends RecipeRun {
  /** Outputs that are missing or have other bytes. */
  readonly stale: readonly string[];
}

export interface Generated extends RecipeRun {
  /** Those whose bytes changed. */
  readonly written: readonly string[];
}

export interface Trained {
  readonly report: TrainingReport;
  /** Absolute paths of the trained model and of its recipe file. */
  readonly model: string;
  readonly recipe: string;
}

export type JobKind = keyof Jobs;

/** A worker carries out one request at a time; its messages carry the request's `id`. */
export interface WorkerRequest<Kind extends JobKind = JobKind> {
  readonly id: number;
  readonly kind: Kind;
  readonly request: Jobs[Kind]["request"];
}

export interface ResultMessage<Kind extends JobKind = JobKind> {
  readonly kind: "result";
  readonly id: number;
  readonly job: Kind;
  readonly result: Jobs[Kind]["result"];
}

/** Said to the request of that `id` while it is carried out. */
export interface WorkerCommand {
  readonly kind: "command";
  readonly id: number;
  readonly command: TrainingCommand;
}

export type WorkerMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly id: number; readonly step: string; readonly share: number }
  | { readonly kind: "training"; readonly id: number; readonly event: TrainingEvent }
  | ResultMessage
  | { readonly kind: "error"; readonly id: number; readonly error: ErrorData };
