/** A file to be written: a path below the output folder, with forward slashes, and its bytes. */
export interface Artifact {
  readonly path: string;
  readonly bytes: Uint8Array;
}
