/** Training from files to files: data sets, checkpoints, the trained model and its recipe. */
import { existsSync, realpathSync } from "node:fs";
import { basename, join, relative, resolve, sep } from "node:path";
import { InputReader } from "../engine/data/input-reader";
import type { ModelInput } from "../engine/data/dataset";
import type { CalibrationSettings } from "../engine/data/settings";
import { outputBaseName, type Recipe } from "../engine/recipe";
import { fileBaseName } from "../engine/emit/file-names";
import type { Targets } from "../engine/training/samples";
import type { TrainingSettings } from "../engine/training/settings";
import { dataShapes, trainModel, type TrainingData } from "../engine/training/train";
import type { TrainingControl } from "../engine/training/trainer";
import { BitwrightError } from "../protocol/errors";
import type { TrainingReport } from "../protocol/training";
import { checkReplaceable, readCheckpoint, writeCheckpoint } from "./checkpoint-file";
import { openDataset, type FileDataset } from "./dataset";
import { openSamples } from "./datasets/open-samples";
import { readModelSource, sha256 } from "./model-file";
import { loadOnnxRuntime } from "./onnxruntime";
import { writeRecipeFile } from "./recipe-file";
import { checkWritable, writeArtifacts } from "./write-artifacts";
import { outputError } from "./write-failure";

/** Samples and what the network is to answer to them. */
export interface DataFiles {
  readonly data: CalibrationSettings;
  /** File of numbers, as many for each sample as the model puts out; undefined for classes or none. */
  readonly targets: string | undefined;
}

export interface TrainingRequest {
  readonly modelPath: string;
  /** Folder that the paths of data are relative to. */
  readonly baseDirectory: string;
  /** Calibration names the training samples. */
  readonly recipe: Recipe;
  readonly settings: TrainingSettings;
  readonly targets: string | undefined;
  /** Undefined keeps a share of the training samples. */
  readonly validation: DataFiles | undefined;
  /** Folder for the trained model and its `bitwright.json`. */
  readonly directory: string;
  /** File that checkpoints replace; undefined makes none. */
  readonly checkpoint: string | undefined;
  /** Goes on from the checkpoint where there is one. */
  readonly resume: boolean;
}

export interface TrainingFiles {
  readonly report: TrainingReport;
  /** Absolute paths of the trained model and of its recipe file. */
  readonly model: string;
  readonly recipe: string;
  /** What there is to know about the data, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Trains, and writes the model with a recipe that finds its codes again.
 * @throws BitwrightError that names the model; as `trainModel`; data-*, runtime-missing, and what writing throws, as far as it shows
 *   before anything is trained
 */
export async function trainOnFiles(
  request: TrainingRequest,
  control: Pick<TrainingControl, "event" | "command">,
): Promise<TrainingFiles> {
  const { modelPath, recipe, settings, checkpoint } = request;
  const source = readModelSource(modelPath);
  const name = `${fileBaseName(outputBaseName(recipe, source.name))}.onnx`;
  const opened: FileDataset[] = [];
  try {
    checkOutput(request, name);
    const { inputs, output } = dataShapes(source, recipe);
    const open = async (files: DataFiles): Promise<TrainingData> => {
      const classes = output.shape?.at(-1) ?? null;
      const data = await openDataset(request.baseDirectory, files.data, inputs, classes, Infinity);
      opened.push(data);
      return { samples: data, targets: await targetsOf(request.baseDirectory, files.targets, data, output) };
    };
    const training = await open({ data: recipe.calibration ?? {}, targets: request.targets });
    const validation = request.validation === undefined ? null : await open(request.validation);
    const {
      report,
      bytes,
      recipe: found,
    } = await trainModel({
      source,
      recipe,
      settings,
      runtime: await loadOnnxRuntime(),
      generatorVersion: __BITWRIGHT_VERSION__,
      training,
      validation,
      resumeFrom: request.resume && checkpoint !== undefined ? readCheckpoint(checkpoint) : null,
      control: {
        ...control,
        now: () => performance.now(),
        sha256,
        ...(checkpoint === undefined
          ? {}
          : {
              checkpoint: (state: Uint8Array) => {
                writeCheckpoint(checkpoint, state);
              },
            }),
      },
    });
    const notes = [...new Set(opened.flatMap((data) => data.notes))];
    return { report, notes, ...write(request, name, bytes, found) };
  } catch (error) {
    throw BitwrightError.from(error).within({ model: basename(modelPath) });
  } finally {
    for (const data of opened) await data.close();
  }
}

async function targetsOf(
  baseDirectory: string,
  path: string | undefined,
  { labels, count }: FileDataset,
  output: ModelInput,
): Promise<Targets | null> {
  if (path === undefined) return labels === null ? null : { kind: "classes", classes: labels };
  const samples = await openSamples(resolve(baseDirectory, path), output, {});
  try {
    const reader = new InputReader(samples, output, {});
    if (reader.count < count) {
      throw new BitwrightError(
        "data-too-few",
        `expected ${count} targets, one a sample, got ${reader.count}`,
        "Give the targets that belong to the data",
        { field: "targets" },
      );
    }
    const { data, dims } = await reader.read(0, count);
    return { kind: "values", values: Float32Array.from(data, Number), dims: dims.slice(1) };
  } finally {
    await samples.close();
  }
}

/** What a run would leave is refused before it begins rather than after it. */
function checkOutput({ modelPath, directory, checkpoint, resume }: TrainingRequest, name: string): void {
  checkWritable(directory, name);
  if (checkpoint !== undefined && !resume) checkReplaceable(checkpoint);
  const target = join(resolve(directory), name);
  if (!existsSync(target) || realpathSync(target) !== realpathSync(modelPath)) return;
  const problem = "it is the model that training starts from";
  throw outputError("output-foreign", target, problem, "Choose another folder or name");
}

function write(
  { baseDirectory, directory }: TrainingRequest,
  name: string,
  bytes: Uint8Array,
  recipe: Recipe,
): Pick<TrainingFiles, "model" | "recipe"> {
  writeArtifacts([{ directory, artifacts: [{ path: name, bytes }] }]);
  const model = resolve(directory, name);
  const file = writeRecipeFile(directory, model, (path, output) => ({
    ...withRelativeData(recipe, baseDirectory, resolve(directory)),
    model: path,
    output: { ...recipe.output, directory: output },
  }));
  return { model, recipe: file };
}

/** The recipe with its data named from the folder of its file; without activations it needs none. */
function withRelativeData({ calibration, ...recipe }: Recipe, baseDirectory: string, directory: string): object {
  if (calibration === undefined || recipe.activations === undefined) return recipe;
  const { data, labels } = calibration;
  // Ranges are found on the usual number of samples, however many trained.
  const rest = Object.fromEntries(Object.entries(calibration).filter(([field]) => field !== "samples"));
  const from = (path: string): string => relative(directory, resolve(baseDirectory, path)).split(sep).join("/");
  return {
    ...recipe,
    calibration: {
      ...rest,
      ...(typeof data === "string" ? { data: from(data) } : data === undefined ? {} : { data }),
      ...(labels === undefined ? {} : { labels: from(labels) }),
    },
  };
}
