/** Resizing and cropping of samples that have a height and a width. */
import type { Preprocessing } from "../settings";

/** Channels interleaved: height × width × channels. */
export interface Pixels {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float64Array;
}

type Size = readonly [height: number, width: number];

/** Height and width after resizing, before cropping. */
export function resizedSize([height, width]: Size, resize: Preprocessing["resize"]): Size {
  if (resize === undefined) return [height, width];
  if (typeof resize !== "number") return resize;
  const factor = resize / Math.min(height, width);
  return [Math.max(1, Math.round(height * factor)), Math.max(1, Math.round(width * factor))];
}

/**
 * Bilinear interpolation; where the image shrinks, the triangle is widened by the same factor, so that every pixel counts
 * (as the imaging libraries do that training pipelines resize with).
 */
export function resize(pixels: Pixels, [height, width]: Size): Pixels {
  if (pixels.height === height && pixels.width === width) return pixels;
  return resizeRows(resizeColumns(pixels, width), height);
}

/** The middle of an image, which must be as large. */
export function cropCentre(pixels: Pixels, [height, width]: Size): Pixels {
  const { channels } = pixels;
  const top = Math.round((pixels.height - height) / 2);
  const left = Math.round((pixels.width - width) / 2);
  const data = new Float64Array(height * width * channels);
  for (let row = 0; row < height; row++) {
    const start = ((top + row) * pixels.width + left) * channels;
    data.set(pixels.data.subarray(start, start + width * channels), row * width * channels);
  }
  return { height, width, channels, data };
}

/** Weights of the source positions `first`, `first + 1`, … for one target position; they sum to 1. */
interface Tap {
  readonly first: number;
  readonly weights: Float64Array;
}

function triangleTaps(source: number, target: number): Tap[] {
  const step = source / target;
  const radius = Math.max(1, step);
  return Array.from({ length: target }, (_, position) => {
    const centre = (position + 0.5) * step;
    const first = Math.max(0, Math.floor(centre - radius + 0.5));
    const end = Math.min(source, Math.floor(centre + radius + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_weight, tap) =>
      Math.max(0, 1 - Math.abs(first + tap + 0.5 - centre) / radius),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

function resizeColumns({ height, width, channels, data }: Pixels, target: number): Pixels {
  const taps = triangleTaps(width, target);
  const result = new Float64Array(height * target * channels);
  for (let row = 0, at = 0; row < height; row++) {
    for (const { first, weights } of taps) {
      const start = (row * width + first) * channels;
      for (let channel = 0; channel < channels; channel++, at++) {
        let sum = 0;
        for (let tap = 0; tap < weights.length; tap++) sum += weights[tap] * data[start + tap * channels + channel];
        result[at] = sum;
      }
    }
  }
  return { height, width: target, channels, data: result };
}

function resizeRows({ height, width, channels, data }: Pixels, target: number): Pixels {
  const rowLength = width * channels;
  const result = new Float64Array(target * rowLength);
  triangleTaps(height, target).forEach(({ first, weights }, row) => {
    for (let tap = 0; tap < weights.length; tap++) {
      const start = (first + tap) * rowLength;
      for (let i = 0; i < rowLength; i++) result[row * rowLength + i] += weights[tap] * data[start + i];
    }
  });
  return { height: target, width, channels, data: result };
}
