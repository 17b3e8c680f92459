/** What build files are made from. */

export const BUILDS = ["cmake", "make", "platformio", "zephyr", "arduino"] as const;
export type Build = (typeof BUILDS)[number];

/** How the names of build files go on after the base name. */
export const BUILD_ENDINGS: Readonly<Record<Build, string>> = {
  cmake: ".cmake",
  make: ".mk",
  platformio: "_platformio.md",
  zephyr: "_zephyr.md",
  arduino: "_arduino.md",
};

/** What a user of the inference code writes and must have room for. */
export interface InferenceUse {
  /** C statements at file scope: the buffers of inputs and outputs. */
  readonly buffers: readonly string[];
  /** The call that runs the network. */
  readonly call: string;
  readonly arenaBytes: number;
  readonly constantBytes: number;
  /** Whether `<name>_self_test` is in the code. */
  readonly selfTest: boolean;
}

/** The C files of one recipe. */
export interface BuildDescription {
  readonly generatorVersion: string;
  /** Base name of the files, from `fileBaseName`. */
  readonly stem: string;
  /** C identifier of the model, from `modelIdentifier`. */
  readonly model: string;
  readonly headers: readonly string[];
  /** Empty where everything is in a header. */
  readonly sources: readonly string[];
  /** Null for weights alone. */
  readonly inference: InferenceUse | null;
}
