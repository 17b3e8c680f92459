/** Names shared with package.json. A unit test holds the two together. */

export const COMMANDS = [
  "bitwright.quantizeModel",
  "bitwright.compareSchemes",
  "bitwright.analyzeNoise",
  "bitwright.compareEqualization",
  "bitwright.openReport",
  "bitwright.openWeights",
  "bitwright.revealLayer",
  "bitwright.exportCsv",
  "bitwright.exportPng",
  "bitwright.runRecipes",
  "bitwright.openRecipeReport",
  "bitwright.createRecipe",
  "bitwright.addMissingFile",
  "bitwright.showLog",
] as const;

export type CommandId = (typeof COMMANDS)[number];

export const MODEL_EDITOR = "bitwright.modelEditor";
export const REPORT_PANEL = "bitwright.report";
export const COMPARISON_PANEL = "bitwright.comparison";
export const EQUALIZATION_PANEL = "bitwright.equalization";
export const LAYERS_VIEW = "bitwright.layers";

export const RECIPE_FILE = "bitwright.json";
export const TASK_TYPE = "bitwright";
export const PROBLEM_MATCHER = "$bitwright";

/** Context key: there is a report of a quantized model to show. */
export const HAS_REPORT = "bitwright.hasReport";

export const CONFIGURATION = "bitwright";
export const LOW_SQNR_DB = "lowSqnrDb";
export const REGENERATE_ON_SAVE = "regenerateOnSave";
