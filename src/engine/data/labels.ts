/** Classes of samples. */
import { BitwrightError, shownName } from "../../protocol/errors";

/**
 * Checks that numbers are classes.
 * @param classes number of the model's classes; null where unknown
 * @param name of the labels, for messages
 * @throws BitwrightError labels-invalid
 */
export function toLabels(values: Float64Array, classes: number | null, name: string): Int32Array {
  const last = classes === null ? 2 ** 31 - 1 : classes - 1;
  values.forEach((value, index) => {
    if (Number.isInteger(value) && value >= 0 && value <= last) return;
    throw new BitwrightError(
      "labels-invalid",
      `label ${index}: expected a class from 0 to ${last}, got ${value}`,
      "Count classes from 0, in the order of the model's output",
      { field: name },
    );
  });
  return Int32Array.from(values);
}

/**
 * Labels of named samples.
 * @param table name → class, as read from a file
 * @param samples names in the order of the data
 * @throws BitwrightError labels-invalid where a sample has none
 */
export function labelsByName(
  table: ReadonlyMap<string, number>,
  samples: readonly string[],
  name: string,
): Float64Array {
  return Float64Array.from(samples, (sample) => {
    const label = table.get(sample);
    if (label !== undefined) return label;
    throw new BitwrightError(
      "labels-invalid",
      `expected a line for "${shownName(sample)}", got none among ${table.size}`,
      "Give every sample a line: its file name and its class",
      { field: name },
    );
  });
}

/**
 * Classes of sub-folders: their names where all are numbers, else their places in the alphabet.
 * @param folders sorted
 */
export function folderClasses(folders: readonly string[]): ReadonlyMap<string, number> {
  const numbered = folders.every((folder) => /^\d{1,9}$/.test(folder));
  return new Map(folders.map((folder, index) => [folder, numbered ? Number(folder) : index]));
}
