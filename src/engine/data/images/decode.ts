/** Image files as pixels: the format is told from the first bytes, whatever the file is called. */
import { BitwrightError, shownName } from "../../../protocol/errors";
import { decodeBmp } from "./bmp";
import type { Image } from "./image";
import { decodeJpeg } from "./jpeg";
import { decodePng } from "./png";

/** Extensions of the image files that are looked for in a folder, lower case. */
export const IMAGE_EXTENSIONS: readonly string[] = [".png", ".jpg", ".jpeg", ".bmp"];

/**
 * Decodes a PNG, JPEG or BMP file.
 * @throws BitwrightError data-invalid
 */
export function decodeImage(bytes: Uint8Array): Image {
  const decode = decoderOf(bytes);
  if (decode === undefined) throw invalid("it is not a PNG, JPEG or BMP image");
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof BitwrightError) throw error;
    throw invalid(`it cannot be decoded (${shownName(error instanceof Error ? error.message : String(error))})`);
  }
}

function decoderOf(bytes: Uint8Array): ((bytes: Uint8Array) => Image) | undefined {
  const starts = (...magic: number[]): boolean => magic.every((byte, index) => bytes[index] === byte);
  if (starts(0x89, 0x50, 0x4e, 0x47)) return decodePng;
  if (starts(0xff, 0xd8)) return decodeJpeg;
  return starts(0x42, 0x4d) ? decodeBmp : undefined;
}

function invalid(problem: string): BitwrightError {
  return new BitwrightError("data-invalid", problem, "Replace the file or take it out of the data");
}
