/** Names shared with package.json. A unit test holds the two together. */

export const COMMANDS = [
  "bitwright.quantizeModel",
  "bitwright.compareSchemes",
  "bitwright.analyzeNoise",
  "bitwright.compareEqualization",
  "bitwright.trainModel",
  "bitwright.openTraining",
  "bitwright.openReport",
  "bitwright.openWeights",
  "bitwright.revealLayer",
  "bitwright.compareReports",
  "bitwright.exportReport",
  "bitwright.runRecipes",
  "bitwright.openRecipeReport",
  "bitwright.createRecipe",
  "bitwright.addMissingFile",
  "bitwright.addDemoModel",
  "bitwright.showLog",
  "bitwright.sortLayers",
  "bitwright.filterLayers",
  "bitwright.clearLayerFilter",
  "bitwright.findInModels",
  "bitwright.changeLayerBits",
  "bitwright.keepLayerFloat",
  "bitwright.quantizeLayer",
  "bitwright.revealInC",
  "bitwright.openRecipe",
  "bitwright.goToLayer",
  "bitwright.openGeneratedReport",
] as const;

export type CommandId = (typeof COMMANDS)[number];

export const MODEL_EDITOR = "bitwright.modelEditor";
export const REPORT_PANEL = "bitwright.report";
export const COMPARISON_PANEL = "bitwright.comparison";
export const REPORT_COMPARISON_PANEL = "bitwright.reportComparison";
export const EQUALIZATION_PANEL = "bitwright.equalization";
export const MODELS_VIEW = "bitwright.models";
export const TRAINING_PANEL = "bitwright.training";

export const RECIPE_FILE = "bitwright.json";
export const TASK_TYPE = "bitwright";
export const PROBLEM_MATCHER = "$bitwright";

/** Context key: there is a report of a quantized model to show. */
export const HAS_REPORT = "bitwright.hasReport";
/** Context key: there are recipes that can be run. */
export const HAS_RECIPES = "bitwright.hasRecipes";
/** Context key: the side panel does not list all layers. */
export const LAYERS_FILTERED = "bitwright.layersFiltered";
/** Context key: the text editor in front shows a file that Bitwright generated. */
export const IN_GENERATED_FILE = "bitwright.inGeneratedFile";
/** Context key: this installation has no ONNX Runtime for its platform. */
export const WITHOUT_RUNTIME = "bitwright.withoutRuntime";
/** Context key: there is a training run to show. */
export const HAS_TRAINING = "bitwright.hasTraining";

export const CONFIGURATION = "bitwright";
export const LOW_SQNR_DB = "lowSqnrDb";
export const REGENERATE_ON_SAVE = "regenerateOnSave";
