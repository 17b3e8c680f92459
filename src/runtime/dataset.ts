/** Calibration data from files: the engine's `Dataset` as a recipe asks for it. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename, resolve } from "node:path";
import { assembleDataset } from "../engine/data/assemble";
import type { Dataset, ModelInput } from "../engine/data/dataset";
import { InputReader } from "../engine/data/input-reader";
import { toLabels } from "../engine/data/labels";
import { randomDataset } from "../engine/data/random";
import { DEFAULT_SAMPLES, inputSettings, type CalibrationSettings, type InputSettings } from "../engine/data/settings";
import { BitwrightError, shownName } from "../protocol/errors";
import { missing } from "./datasets/byte-source";
import type { FileSamples } from "./datasets/file-samples";
import { labelsInArchive, readLabels } from "./datasets/label-file";
import { npzNames } from "./datasets/npz";
import { isArchive, openSamples, splitArrayName } from "./datasets/open-samples";

export interface FileDataset extends Dataset {
  /**
   * SHA-256 over the bytes of all files that the samples and labels come from, in order: what a cache of results can
   * rely on, together with the settings. Of random numbers, over the seed.
   */
  digest(): Promise<string>;
}

/**
 * Opens the data that settings ask for.
 * @param baseDirectory absolute folder that their paths are relative to
 * @param inputs of the model
 * @param classes number of classes that the model tells apart, for the check of labels; null where unknown
 * @param usualSamples how many to take where the settings do not say
 * @throws BitwrightError data-missing, data-invalid, data-shape, data-too-few, data-not-finite, data-constant, labels-invalid
 */
export async function openDataset(
  baseDirectory: string,
  settings: CalibrationSettings,
  inputs: readonly ModelInput[],
  classes: number | null,
  usualSamples = DEFAULT_SAMPLES,
): Promise<FileDataset> {
  if (settings.random === true) return openRandom(settings, inputs);
  if (settings.data === undefined) {
    throw new BitwrightError(
      "data-missing",
      "no calibration data are given",
      "Give data as the model meets them; random numbers are used only where they are asked for",
      { field: "data" },
    );
  }
  const opened = new Map<string, FileSamples>();
  try {
    return await openFiles(baseDirectory, settings, inputs, classes, usualSamples, opened);
  } catch (error) {
    for (const samples of opened.values()) await samples.close();
    throw error;
  }
}

function openRandom(settings: CalibrationSettings, inputs: readonly ModelInput[]): FileDataset {
  if (settings.data !== undefined) {
    throw new BitwrightError("data-invalid", "data and random numbers are both asked for", "Remove one of them", {
      field: "random",
    });
  }
  const seed = settings.seed ?? 1;
  const digest = createHash("sha256").update(`random ${seed}`).digest("hex");
  return {
    ...randomDataset(inputs, settings.samples ?? DEFAULT_SAMPLES, seed),
    digest: () => Promise.resolve(digest),
  };
}

async function openFiles(
  baseDirectory: string,
  settings: CalibrationSettings,
  inputs: readonly ModelInput[],
  classes: number | null,
  usualSamples: number,
  opened: Map<string, FileSamples>,
): Promise<FileDataset> {
  const wanted = await settingsOfInputs(baseDirectory, settings, inputs);
  const readers = new Map<string, InputReader>();
  for (const input of inputs) {
    const own = wanted.get(input.name);
    if (own === undefined) continue;
    const samples = await openSamples(resolve(baseDirectory, own.path), input, own.preprocessing);
    opened.set(input.name, samples);
    readers.set(input.name, new InputReader(samples, input, own.preprocessing));
  }
  const sources = [...opened.values()];
  const labels = await findLabels(baseDirectory, settings, sources, classes);
  const notes = [...sources.flatMap((source) => source.notes), ...labels.notes];
  const dataset = await assembleDataset({
    readers,
    labels: labels.values,
    notes,
    samples: settings.samples,
    usualSamples,
  });
  const files = new Set(
    sources.flatMap((source) => (source.sampleNames === null ? source.files : source.files.slice(0, dataset.count))),
  );
  if (labels.file !== null) files.add(labels.file);
  return { ...dataset, digest: () => digestOf([...files]) };
}

/**
 * Path and preprocessing of every input. One path is for the only input, or an archive with an array for each.
 * @throws BitwrightError data-missing, data-invalid
 */
async function settingsOfInputs(
  baseDirectory: string,
  settings: CalibrationSettings,
  inputs: readonly ModelInput[],
): Promise<ReadonlyMap<string, InputSettings>> {
  const names = inputs.map(({ name }) => name);
  const shown = names.map((name) => `"${shownName(name)}"`).join(", ");
  const byName = inputSettings(settings);
  if (byName !== null) {
    const unknown = [...byName.keys()].find((name) => !names.includes(name));
    const absent = names.find((name) => !byName.has(name));
    if (unknown === undefined && absent === undefined) return byName;
    throw new BitwrightError(
      unknown === undefined ? "data-missing" : "data-invalid",
      unknown === undefined
        ? `input "${shownName(absent ?? "")}" has no data`
        : `the model has no input "${shownName(unknown)}"`,
      `Give a path for each of ${shown}`,
      { field: "data" },
    );
  }
  const path = typeof settings.data === "string" ? settings.data : "";
  if (names.length === 1) return new Map([[names[0], { path, preprocessing: settings }]]);
  const file = splitArrayName(path);
  if (isArchive(file.path) && file.array === null) {
    const arrays = await npzNames(resolve(baseDirectory, path));
    if (names.every((name) => arrays.includes(name))) {
      return new Map(names.map((name) => [name, { path: `${path}#${name}`, preprocessing: settings }]));
    }
  }
  throw new BitwrightError(
    "data-missing",
    `the model has ${names.length} inputs, ${shown}, and one path is given`,
    "Give a path for each by name, or an .npz file with an array for each",
    { field: "data" },
  );
}

interface FoundLabels {
  readonly values: Int32Array | null;
  readonly notes: readonly string[];
  /** Absolute path of a file of their own; null without one. */
  readonly file: string | null;
}

async function findLabels(
  baseDirectory: string,
  settings: CalibrationSettings,
  sources: readonly FileSamples[],
  classes: number | null,
): Promise<FoundLabels> {
  if (settings.labels !== undefined) {
    const path = resolve(baseDirectory, settings.labels);
    const named = sources.find(({ sampleNames }) => sampleNames !== null);
    const values = await readLabels(path, named?.sampleNames ?? null);
    return { values: toLabels(values, classes, basename(path)), notes: [], file: splitArrayName(path).path };
  }
  const carrying = sources.find((source) => source.labels !== null);
  if (carrying !== undefined && carrying.labels !== null)
    return inferredLabels(carrying.labels, classes, carrying.name, null);
  if (sources.length === 1 && sources[0].sampleNames === null) {
    const [{ files, count, name }] = sources;
    const found = await labelsInArchive(files[0], count);
    if (found !== null) return inferredLabels(found.values, classes, name, found.name);
  }
  return { values: null, notes: [], file: null };
}

/** Labels that nobody asked for: where they are no classes of the model, the data go without. */
function inferredLabels(values: Float64Array, classes: number | null, name: string, array: string | null): FoundLabels {
  const what = array === null ? "sub-folders" : `array "${shownName(array)}"`;
  try {
    const labels = toLabels(values, classes, name);
    // What sub-folders stand for is told where they are listed.
    return { values: labels, notes: array === null ? [] : [`${name}: ${what} is taken as labels`], file: null };
  } catch (error) {
    if (!(error instanceof BitwrightError)) throw error;
    return { values: null, notes: [`${name}: ${what} not taken as labels: ${error.problem}`], file: null };
  }
}

async function digestOf(files: readonly string[]): Promise<string> {
  const all = createHash("sha256");
  try {
    for (const file of files) {
      const one = createHash("sha256");
      for await (const chunk of createReadStream(file)) if (chunk instanceof Uint8Array) one.update(chunk);
      all.update(one.digest());
    }
  } catch (error) {
    throw missing(error);
  }
  return all.digest("hex");
}
