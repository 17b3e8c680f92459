/** Samples brought to the size that a recipe asks for. */
import { BitwrightError } from "../../../protocol/errors";
import { isFloatElement } from "../element-types";
import type { Layout, SampleSource } from "../dataset";
import type { Preprocessing } from "../settings";
import { cropCentre, resize, resizedSize, type Pixels } from "./resample";

/**
 * Resizes, then crops.
 * @throws BitwrightError data-shape where the crop is larger than the image
 */
export function fitPixels(pixels: Pixels, settings: Preprocessing, name: string): Pixels {
  const resized = resize(pixels, resizedSize([pixels.height, pixels.width], settings.resize));
  const { crop } = settings;
  if (crop === undefined) return resized;
  checkCrop([resized.height, resized.width], crop, name);
  return cropCentre(resized, crop);
}

/** Whole numbers stay whole, as in the image files that training pipelines resize. */
export function roundPixels(data: Float64Array): void {
  for (let i = 0; i < data.length; i++) data[i] = Math.round(data[i]);
}

/**
 * The same samples resized and cropped as the settings say; the source itself where they say nothing.
 * @param layout order of the axes in the source; samples of two axes are height and width
 * @throws BitwrightError data-shape for samples without height and width
 */
export function resizedSource(source: SampleSource, settings: Preprocessing, layout: Layout | null): SampleSource {
  if (settings.resize === undefined && settings.crop === undefined) return source;
  const { dims, name } = source;
  const order = layout ?? source.layout;
  if (dims.length !== 2 && (dims.length !== 3 || order === null)) {
    throw new BitwrightError(
      "data-shape",
      `samples of ${dims.length} axes cannot be resized`,
      dims.length === 3 ? "Set layout, so that height and width are known" : "Remove resize and crop",
      { field: name },
    );
  }
  const planes = order === "NCHW" && dims.length === 3;
  const [height, width] = planes ? dims.slice(1) : dims;
  const channels = dims.length === 2 ? 1 : planes ? dims[0] : dims[2];
  const target = settings.crop ?? resizedSize([height, width], settings.resize);
  checkCrop(resizedSize([height, width], settings.resize), target, name);
  const stored = new Float64Array(height * width * channels);
  const interleaved = planes ? new Float64Array(stored.length) : stored;
  return {
    ...source,
    layout: order,
    dims: dims.length === 2 ? target : planes ? [channels, ...target] : [...target, channels],
    read: async (index, values) => {
      await source.read(index, stored);
      if (planes) transpose(stored, channels, interleaved);
      const { data } = fitPixels({ height, width, channels, data: interleaved }, settings, name);
      if (!isFloatElement(source.type)) roundPixels(data);
      if (planes) transpose(data, target[0] * target[1], values);
      else values.set(data);
    },
    close: () => source.close(),
  };
}

/** Reads `values` as a matrix of `rows` rows and writes it column by column. */
function transpose(values: Float64Array, rows: number, target: Float64Array): void {
  const columns = values.length / rows;
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) target[column * rows + row] = values[i];
  }
}

function checkCrop(size: readonly [number, number], crop: readonly [number, number], name: string): void {
  if (crop[0] <= size[0] && crop[1] <= size[1]) return;
  throw new BitwrightError(
    "data-shape",
    `expected at least ${crop.join("×")} pixels to crop, got ${size.join("×")}`,
    "Set a smaller crop, or resize first",
    { field: name },
  );
}
