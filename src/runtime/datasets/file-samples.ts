/** Samples out of files: what every kind of data hands over. */
import type { SampleSource } from "../../engine/data/dataset";

export interface FileSamples extends SampleSource {
  /** Absolute paths: one a sample for folders, one alone for a file that holds all samples. */
  readonly files: readonly string[];
  /** Names of the samples where each is a file of its own: relative, with forward slashes. */
  readonly sampleNames: readonly string[] | null;
  /** Classes that the data carry themselves, as sub-folders do. */
  readonly labels: Float64Array | null;
  /** What was inferred while reading, one sentence each. */
  readonly notes: readonly string[];
}
