/** A file or folder that could be calibration data of a model. */
export interface DatasetCandidate {
  /** Relative to the searched folder, with forward slashes. */
  readonly path: string;
  readonly kind: "array" | "archive" | "table" | "images" | "arrays";
}
