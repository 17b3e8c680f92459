/** JPEG files, baseline and progressive. */
import { decode } from "jpeg-js";
import { type Image, MAX_IMAGE_PIXELS } from "./image";

/** The decoder holds all coefficients as 32-bit integers: 12 bytes a pixel, and the samples besides. */
const MAX_DECODER_MEGABYTES = 600;

/** @throws Error in the decoder's words */
export function decodeJpeg(bytes: Uint8Array): Image {
  const { width, height, data } = decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: MAX_IMAGE_PIXELS / 1e6,
    maxMemoryUsageInMB: MAX_DECODER_MEGABYTES,
  });
  return { width, height, channels: 3, data };
}
