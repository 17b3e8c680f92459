/** What the extension host and the worker process say to each other, over the fork's IPC channel. */
import type { ErrorData } from "./errors";
import type { Report } from "./report";

/** Answers carry the request's `id`; a worker handles one request at a time. */
export type WorkerRequest =
  | { readonly kind: "inspect"; readonly id: number; readonly modelPath: string }
  | {
      readonly kind: "generate";
      readonly id: number;
      /** Absolute folder that the recipe's paths are relative to and that outputs must stay in. */
      readonly baseDirectory: string;
      /** One entry of a recipe file, not yet validated. */
      readonly recipe: unknown;
    };

export type WorkerResult =
  | { readonly kind: "inspect"; readonly report: Report }
  | {
      readonly kind: "generate";
      readonly report: Report;
      /** Absolute paths of all outputs, and of those whose bytes changed. */
      readonly files: readonly string[];
      readonly written: readonly string[];
    };

export type WorkerMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly id: number; readonly step: string; readonly share: number }
  | { readonly kind: "result"; readonly id: number; readonly result: WorkerResult }
  | { readonly kind: "error"; readonly id: number; readonly error: ErrorData };
