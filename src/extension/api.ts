import type { Report } from "../protocol/report";

/** What `activate` returns to other extensions: `vscode.extensions.getExtension("bitwright.bitwright").exports`. */
export interface BitwrightApi {
  /** Time that `activate` took. */
  readonly activationMilliseconds: number;
  /** The report that the side panel shows: of the last quantization, or of the inspected model in view. */
  currentReport(): Report | undefined;
}
