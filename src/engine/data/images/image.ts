/** Decoded images. */
import { BitwrightError } from "../../../protocol/errors";

/** Pixels, row by row from the top, channels interleaved: 1 grey, 3 red, green, blue. Transparency is dropped. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** More pixels are no calibration image: a small file can declare, and unpack to, any number. */
export const MAX_IMAGE_PIXELS = 25_000_000;

/**
 * Checks a declared size before anything is allocated for it.
 * @throws BitwrightError data-invalid
 */
export function checkImageSize(width: number, height: number): void {
  if (width >= 1 && height >= 1 && width * height <= MAX_IMAGE_PIXELS) return;
  throw new BitwrightError(
    "data-invalid",
    `it declares ${width}×${height} pixels, and an image has 1 to ${MAX_IMAGE_PIXELS}`,
    "Replace the file or take it out of the data",
  );
}

/** Grey from red, green and blue by the luma weights of ITU-R BT.601; grey to three equal channels. */
export function withChannels(image: Image, channels: 1 | 3): Image {
  if (image.channels === channels) return image;
  const pixels = image.width * image.height;
  const data = new Uint8Array(pixels * channels);
  for (let i = 0; i < pixels; i++) {
    if (channels === 3) data.fill(image.data[i], 3 * i, 3 * i + 3);
    else
      data[i] = Math.round(0.299 * image.data[3 * i] + 0.587 * image.data[3 * i + 1] + 0.114 * image.data[3 * i + 2]);
  }
  return { ...image, channels, data };
}
