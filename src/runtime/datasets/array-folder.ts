/** Folders of .npy files, one sample each. */
import { basename, join } from "node:path";
import { sampleElements, showDims } from "../../engine/data/dataset";
import { readElements } from "../../engine/data/element-types";
import { BitwrightError, shownName } from "../../protocol/errors";
import { readNpy, arrayBytes, type ArrayFile } from "./array-file";
import { openFile } from "./byte-source";
import type { FileSamples } from "./file-samples";
import type { FolderListing } from "./folder";

/**
 * The arrays of a folder; the first sets type and shape of all.
 * @throws BitwrightError data-missing, data-invalid, data-shape
 */
export async function arrayFolder(folder: string, listing: FolderListing): Promise<FileSamples> {
  const files = listing.names.map((name) => join(folder, name));
  const withArray = async <T>(index: number, work: (array: ArrayFile) => Promise<T>): Promise<T> => {
    const place = { field: shownName(listing.names[index]) };
    try {
      const bytes = await openFile(files[index]);
      try {
        return await work(await readNpy(bytes));
      } finally {
        await bytes.close();
      }
    } catch (error) {
      throw error instanceof BitwrightError ? error.within(place) : error;
    }
  };
  const first = await withArray(0, ({ header }) => Promise.resolve(header));
  sampleElements(first.dims, shownName(listing.names[0]));
  return {
    name: basename(folder),
    count: files.length,
    type: first.type,
    dims: first.dims,
    layout: null,
    files,
    sampleNames: listing.names,
    labels: listing.labels,
    notes: listing.notes,
    read: (index, target) =>
      withArray(index, async (array) => {
        const { type, dims, littleEndian } = array.header;
        if (type !== first.type || dims.join() !== first.dims.join()) {
          throw new BitwrightError(
            "data-shape",
            `expected ${showDims(first.dims)} of ${first.type} as in the first file, got ${showDims(dims)} of ${type}`,
            "Give every sample the same shape and type",
          );
        }
        readElements(type, await arrayBytes(array), littleEndian, target);
      }),
    close: () => Promise.resolve(),
  };
}
