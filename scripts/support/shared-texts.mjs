/** Texts of tables that the command line shares with the extension: they stand there in English, and are translated where shown. */
import { build } from "esbuild";
import { ROOT } from "./paths.mjs";

const TABLES = `
  export { DEFINITIONS } from "./src/protocol/definitions";
  export { schemeDefinitions } from "./src/protocol/scheme-definitions";
  export { SCHEMES } from "./src/engine/schemes/registry";
  export { SCHEME_OPTION_FIELDS } from "./src/engine/schemes/options";
  export { recipeSchema, TRANSFORM_FIELDS } from "./src/engine/recipe";
  export { trainingSettings } from "./src/engine/training/settings";
`;

/** The glossary, what schemes do, and what fields of recipes and of training mean. */
export async function sharedTexts() {
  const bundle = await build({
    stdin: { contents: TABLES, resolveDir: ROOT, loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
  });
  const source = Buffer.from(bundle.outputFiles[0].contents).toString("base64");
  const tables = await import(`data:text/javascript;base64,${source}`);
  const { DEFINITIONS, schemeDefinitions, SCHEMES, SCHEME_OPTION_FIELDS, recipeSchema, TRANSFORM_FIELDS } = tables;
  const schemes = schemeDefinitions(["float", ...SCHEMES.map(({ id }) => id)]);
  const fields = [
    ...Object.values(SCHEME_OPTION_FIELDS),
    ...TRANSFORM_FIELDS.map((field) => recipeSchema.shape[field]),
    ...Object.values(tables.trainingSettings.shape),
  ];
  const texts = [
    ...Object.values(DEFINITIONS).map(({ term }) => term),
    ...[...Object.values(DEFINITIONS), ...schemes].flatMap(({ formula, meaning }) => [formula, meaning]),
    ...SCHEMES.map(({ description }) => description),
    ...fields.map(({ description }) => description),
  ];
  return [...new Set(texts.filter((text) => text !== undefined))];
}
