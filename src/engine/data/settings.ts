/** Calibration data as a recipe asks for it: which files, and how their values become the model's inputs. */
import * as z from "zod";
import { LAYOUTS } from "./dataset";
import { ELEMENT_TYPES } from "./element-types";

export const CHANNEL_ORDERS = ["RGB", "BGR"] as const;

/** Samples read where a recipe does not say how many. */
export const DEFAULT_SAMPLES = 256;

/** Longest side of an image, and most channels of a model input. */
const MAX_SIDE = 16_384;
const MAX_CHANNELS = 65_536;

const path = z.string().min(1).max(4_096);
const side = z.int().min(1).max(MAX_SIDE);
const size = z.tuple([side, side]);
const positive = z.number().positive();

/** Fields that hold for all inputs, or for one where they stand beside its path. */
const preprocessing = {
  layout: z
    .enum(LAYOUTS)
    .exactOptional()
    .describe("Order of the axes in the data; inferred where the shapes leave no doubt"),
  channelOrder: z
    .enum(CHANNEL_ORDERS)
    .exactOptional()
    .describe("Order that the model expects; data are taken to be RGB, so that BGR swaps red and blue"),
  scale: z.number().exactOptional().describe("A value becomes (x · scale − mean) / std; 1 where left out"),
  mean: z
    .union([z.number(), z.array(z.number()).min(1).max(MAX_CHANNELS)])
    .exactOptional()
    .describe("Subtracted after scaling: one number, or one a channel in the model's order; 0 where left out"),
  std: z
    .union([positive, z.array(positive).min(1).max(MAX_CHANNELS)])
    .exactOptional()
    .describe("Divided by: one number, or one a channel in the model's order; 1 where left out"),
  resize: z
    .union([side, size])
    .exactOptional()
    .describe("[height, width], or the length of the shorter side with the proportions kept"),
  crop: size.exactOptional().describe("[height, width] cut from the centre, after resizing"),
  type: z.enum(ELEMENT_TYPES).exactOptional().describe("Element type of a raw binary file, little endian"),
};

const inputData = z.union([path, z.strictObject({ path, ...preprocessing })]);

export const calibrationSettings = z
  .strictObject({
    data: z
      .union([path, z.record(z.string().min(1), inputData)])
      .exactOptional()
      .describe(
        "A .npy, .npz, IDX, CSV or raw file (.gz too), a folder of images or of .npy files; or one for each model input by " +
          "name. `file.npz#array` names one array. Relative to this file",
      ),
    labels: path
      .exactOptional()
      .describe(
        "Class of every sample, counted from 0: a file of integers, or a CSV of file name and class for a folder",
      ),
    samples: z
      .int()
      .min(1)
      .max(10_000_000)
      .exactOptional()
      .describe(`How many, from the first on; ${DEFAULT_SAMPLES} where left out`),
    random: z
      .boolean()
      .exactOptional()
      .describe("Random numbers in place of data: good for trying things out, never for figures"),
    seed: z.int().min(0).max(0xffff_ffff).exactOptional().describe("Of the random numbers; 1 where left out"),
    ...preprocessing,
  })
  .describe("Samples that show which values a model meets");

export type CalibrationSettings = z.infer<typeof calibrationSettings>;
export type Preprocessing = Pick<CalibrationSettings, keyof typeof preprocessing>;

/** What holds for one input: its path and its preprocessing, its own fields before the common ones. */
export interface InputSettings {
  readonly path: string;
  readonly preprocessing: Preprocessing;
}

/** The settings of every input that `data` names; null where it names none and is one path for all. */
export function inputSettings(settings: CalibrationSettings): ReadonlyMap<string, InputSettings> | null {
  const { data } = settings;
  if (data === undefined || typeof data === "string") return null;
  return new Map(
    Object.entries(data).map(([name, entry]) => {
      if (typeof entry === "string") return [name, { path: entry, preprocessing: settings }];
      const { path: file, ...own } = entry;
      return [name, { path: file, preprocessing: { ...settings, ...own } }];
    }),
  );
}
