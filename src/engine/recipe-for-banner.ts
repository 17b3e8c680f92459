/** What generated files say of their recipe. */
import type { CalibrationSettings } from "./data/settings";
import type { Recipe } from "./recipe";

/** The places of model and outputs are of one machine, and which other files are written and what is demanded of them changes no file. */
const NOT_SHOWN = new Set([
  "model",
  "output.directory",
  "output.emit",
  "output.build",
  "calibration",
  "minSqnrDb",
  "maxFlashBytes",
]);

/**
 * The settings of a recipe that decide over the bytes of generated files: equal runs give equal text, wherever their files
 * lie and whether a recipe file or options asked for them. Calibration data are named without their folder.
 */
export function recipeForBanner(recipe: Recipe): object {
  const { calibration } = recipe;
  return {
    ...shownFields(recipe, ""),
    ...(calibration === undefined ? {} : { calibration: withoutPlaces(calibration) }),
    layers: withCounts(recipe.layers),
    output: shownFields(recipe.output, "output."),
  };
}

/** Rules with the number of their parameters in place of them: there may be thousands. */
function withCounts(layers: Recipe["layers"]): object {
  const rules = Object.entries(layers).map(([pattern, { parameters, ...rule }]): [string, object] => [
    pattern,
    parameters === undefined ? rule : { ...rule, parameters: parameters.length },
  ]);
  return Object.fromEntries(rules);
}

function shownFields(fields: object, path: string): object {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !NOT_SHOWN.has(path + name)));
}

/** Labels judge a network and change none. */
function withoutPlaces({ data, ...settings }: CalibrationSettings): object {
  const shown = Object.fromEntries(Object.entries(settings).filter(([name]) => name !== "labels"));
  if (data === undefined) return shown;
  if (typeof data === "string") return { ...shown, data: lastName(data) };
  const named = Object.entries(data).map(([input, entry]): [string, unknown] => [
    input,
    typeof entry === "string" ? lastName(entry) : { ...entry, path: lastName(entry.path) },
  ]);
  return { ...shown, data: Object.fromEntries(named) };
}

function lastName(path: string): string {
  return path.replace(/[\\/]+$/, "").replace(/^.*[\\/]/s, "");
}
