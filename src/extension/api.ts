import type { Report } from "../protocol/report";

/** What `activate` returns to other extensions: `vscode.extensions.getExtension("bitwright.bitwright").exports`. */
export interface BitwrightApi {
  /** Time that `activate` took. */
  readonly activationMilliseconds: number;
  /** The report that the side panel shows: of the last quantization, or of the inspected model in view. */
  currentReport(): Report | undefined;
  /** The recipes of the workspace, and whether their outputs are those of their models. */
  recipes(): readonly RecipeSummary[];
}

export interface RecipeSummary {
  /** Absolute path of the recipe file. */
  readonly file: string;
  /** In the file's `models`. */
  readonly index: number;
  /** Absolute path. */
  readonly model: string;
  readonly state: "unknown" | "current" | "stale" | "running" | "failed";
}
