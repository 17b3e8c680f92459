/** Labels out of files. */
import { basename } from "node:path";
import { csvNumber } from "../../engine/data/csv";
import { isFloatElement } from "../../engine/data/element-types";
import { labelsByName } from "../../engine/data/labels";
import { BitwrightError, shownName } from "../../protocol/errors";
import { arrayValues, readNpy, type ArrayFile } from "./array-file";
import { csvRows, type CsvTable } from "./csv-file";
import { npzNames, openNpzArray } from "./npz";
import { closingOnError, isArchive, openBytes, readDataFile, splitArrayName } from "./open-samples";

/** Names under which archives carry classes beside the samples. */
const LABEL_ARRAYS = ["y", "labels", "label", "targets"];

/**
 * Classes as a file states them, not yet checked.
 * @param sampleNames names of the samples where each is a file, so that a table can name them; null otherwise
 * @throws BitwrightError labels-invalid, data-missing, data-invalid
 */
export async function readLabels(path: string, sampleNames: readonly string[] | null): Promise<Float64Array> {
  const { path: file, array } = splitArrayName(path);
  const name = basename(file);
  try {
    if (isArchive(file)) return await archiveValues(file, array ?? (await labelArray(file)));
    const bytes = await openBytes(file);
    try {
      const data = await readDataFile(file, bytes);
      if (data.kind === "array") return await listValues(data.array);
      if (data.kind === "table") return await tableValues(data.table, sampleNames, name);
    } finally {
      await bytes.close();
    }
  } catch (error) {
    throw error instanceof BitwrightError ? error.within({ field: shownName(name) }) : error;
  }
  throw new BitwrightError(
    "labels-invalid",
    "it is no .npy, .npz, IDX or CSV file",
    "Give one class a sample, as a list or as a CSV of file name and class",
    { field: shownName(name) },
  );
}

/**
 * Classes that an archive of samples carries: a list of integers under a usual name, one a sample.
 * @returns null where there is none
 */
export async function labelsInArchive(
  path: string,
  samples: number,
): Promise<{ readonly name: string; readonly values: Float64Array } | null> {
  const { path: file } = splitArrayName(path);
  if (!isArchive(file)) return null;
  for (const name of await npzNames(file)) {
    if (!LABEL_ARRAYS.includes(name)) continue;
    const bytes = await openNpzArray(file, name);
    const array = await closingOnError(bytes, () => readNpy(bytes));
    const { dims, type } = array.header;
    const usable = dims.length === 1 && dims[0] === samples && !isFloatElement(type);
    const values = usable ? await closingOnError(bytes, () => arrayValues(array)) : null;
    await bytes.close();
    if (values !== null) return { name, values };
  }
  return null;
}

async function archiveValues(file: string, name: string): Promise<Float64Array> {
  const bytes = await openNpzArray(file, name);
  try {
    return await listValues(await readNpy(bytes));
  } finally {
    await bytes.close();
  }
}

async function labelArray(file: string): Promise<string> {
  const names = await npzNames(file);
  const found = names.length === 1 ? names.at(0) : LABEL_ARRAYS.find((name) => names.includes(name));
  if (found !== undefined) return found;
  throw new BitwrightError(
    "labels-invalid",
    `expected an array "y" or "labels", got ${names.length} others`,
    `Name it: ${shownName(basename(file))}#name`,
  );
}

async function listValues(array: ArrayFile): Promise<Float64Array> {
  const { dims } = array.header;
  if (dims.filter((size) => size !== 1).length <= 1) return arrayValues(array);
  throw new BitwrightError(
    "labels-invalid",
    `expected a list of classes, got an array of ${dims.join("×")}`,
    "Give one integer a sample",
  );
}

/** The last column, a name above it or not; by the name in the first where samples have names, in order otherwise. */
async function tableValues(
  table: CsvTable,
  sampleNames: readonly string[] | null,
  name: string,
): Promise<Float64Array> {
  const all = await csvRows(table);
  const isHeader = all.length > 1 && csvNumber(all[0].fields.at(-1) ?? "") === undefined;
  const rows = isHeader ? all.slice(1) : all;
  const classes = rows.map(({ number, fields }) => {
    const text = fields.at(-1) ?? "";
    const value = csvNumber(text);
    if (value !== undefined) return value;
    throw new BitwrightError(
      "labels-invalid",
      `line ${number}: expected a class, got "${shownName(text)}"`,
      "Put the class into the last column, as a number from 0",
    );
  });
  if (sampleNames === null || table.columns < 2) return Float64Array.from(classes);
  return labelsByName(new Map(rows.map(({ fields }, index) => [fields[0], classes[index]])), sampleNames, name);
}
