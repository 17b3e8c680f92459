/**
 * The one function: a recipe and a model go in, a report and artifacts come out.
 * The extension's worker, the command line and the tests are its callers.
 */
import type { Report } from "../protocol/report";
import type { Artifact } from "./artifact";
import type { ModelSource } from "./model-source";
import type { Recipe } from "./recipe";

export interface PipelineContext {
  /** Version written into banners and reports. */
  readonly generatorVersion: string;
  /** Called as work proceeds, with a share from 0 to 1. */
  readonly progress?: (step: string, share: number) => void;
}

export interface PipelineResult {
  readonly report: Report;
  /** Sorted by path; empty for an inspection. */
  readonly artifacts: readonly Artifact[];
}

/**
 * @param recipe null inspects the model: nothing is quantized and there are no artifacts
 * @throws BitwrightError naming model, layer and field
 */
export function runPipeline(source: ModelSource, recipe: Recipe | null, context: PipelineContext): PipelineResult {
  void source;
  void recipe;
  void context;
  throw new Error("not built yet");
}
