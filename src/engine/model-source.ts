/** A model as bytes, handed to the engine by whoever can read files. */
export interface ModelSource {
  /** File name without its folder, for messages, banners and the report. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** SHA-256 of `bytes`, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /**
   * Reads from a file beside the model (ONNX external data).
   * @param location the path as the model writes it; hostile until checked by the reader
   * @param offset first byte
   * @param length number of bytes; undefined means to the end of the file
   * @throws BitwrightError external-data-missing, external-data-range, external-data-outside
   */
  readExternal(location: string, offset: number, length: number | undefined): Uint8Array;
}
