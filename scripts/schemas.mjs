/** Writes media/schemas from the definitions in src. */
import { build } from "esbuild";
import { mkdirSync, writeFileSync } from "node:fs";

const bundle = await build({
  entryPoints: ["src/engine/json-schemas.ts"],
  bundle: true,
  write: false,
  format: "esm",
  platform: "node",
});
const source = Buffer.from(bundle.outputFiles[0].contents).toString("base64");
const { jsonSchemas } = await import(`data:text/javascript;base64,${source}`);

mkdirSync("media/schemas", { recursive: true });
for (const [name, text] of Object.entries(jsonSchemas())) writeFileSync(`media/schemas/${name}`, text);
