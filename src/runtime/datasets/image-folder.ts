/** Folders of image files. */
import { readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { showDims, type ModelInput } from "../../engine/data/dataset";
import { decodeImage } from "../../engine/data/images/decode";
import { fitPixels, roundPixels } from "../../engine/data/images/fit";
import { withChannels, type Image } from "../../engine/data/images/image";
import type { Pixels } from "../../engine/data/images/resample";
import type { Preprocessing } from "../../engine/data/settings";
import { BitwrightError, shownName } from "../../protocol/errors";
import { missing } from "./byte-source";
import type { FileSamples } from "./file-samples";
import type { FolderListing } from "./folder";

/** A larger file is no calibration image. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/**
 * The images of a folder: grey where the input has one channel, red, green and blue where it has three, as in the first
 * image where the input leaves it open. The first image, resized and cropped, sets the size of all.
 * @throws BitwrightError data-missing, data-invalid, data-shape
 */
export function imageFolder(
  folder: string,
  listing: FolderListing,
  input: ModelInput,
  settings: Preprocessing,
): FileSamples {
  const files = listing.names.map((name) => join(folder, name));
  const load = (index: number, channels: 1 | 3 | null): Pixels => {
    const place = { field: shownName(listing.names[index]) };
    try {
      const image = decodeImage(readImage(files[index]));
      return prepared(channels === null ? image : withChannels(image, channels), settings, place.field);
    } catch (error) {
      throw error instanceof BitwrightError ? error.within(place) : error;
    }
  };
  const first = load(0, channelsOf(input));
  const channels = first.channels === 1 ? 1 : 3;
  return {
    name: basename(folder),
    count: files.length,
    type: "uint8",
    dims: [first.height, first.width, channels],
    layout: "NHWC",
    files,
    sampleNames: listing.names,
    labels: listing.labels,
    notes: listing.notes,
    read: (index, target) => {
      const { height, width, data } = load(index, channels);
      if (height !== first.height || width !== first.width) {
        throw new BitwrightError(
          "data-shape",
          `expected ${showDims([first.height, first.width])} pixels as in the first image, got ${showDims([height, width])}`,
          "Set resize to [height, width], or crop",
          { field: shownName(listing.names[index]) },
        );
      }
      target.set(data);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

function readImage(path: string): Uint8Array {
  try {
    const { size } = statSync(path);
    if (size <= MAX_FILE_BYTES) return readFileSync(path);
    throw new BitwrightError(
      "data-invalid",
      `the file has ${size} bytes, and an image ends at ${MAX_FILE_BYTES}`,
      "Take it out of the data",
    );
  } catch (error) {
    throw error instanceof BitwrightError ? error : missing(error);
  }
}

function prepared(image: Image, settings: Preprocessing, name: string): Pixels {
  const fitted = fitPixels({ ...image, data: Float64Array.from(image.data) }, settings, name);
  roundPixels(fitted.data);
  return fitted;
}

/** Channels that the input asks for; null where it does not say. */
function channelsOf({ shape }: ModelInput): 1 | 3 | null {
  const sample = shape?.slice(1) ?? [];
  if (sample.length === 1 || sample.length === 2) return 1;
  const counts = [sample.at(0), sample.at(-1)];
  return counts.includes(3) ? 3 : counts.includes(1) ? 1 : null;
}
