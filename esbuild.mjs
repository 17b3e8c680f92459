/** Builds every bundle into dist/. `node esbuild.mjs [--watch] [--production]`. */
import * as esbuild from "esbuild";
import { readFileSync } from "node:fs";

const production = process.argv.includes("--production");
const watch = process.argv.includes("--watch");
const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

const shared = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : "linked",
  logLevel: "warning",
  legalComments: "none",
  define: { __BITWRIGHT_VERSION__: JSON.stringify(version) },
};

const node = {
  ...shared,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode", "onnxruntime-node"],
  mainFields: ["module", "main"],
};
const page = { ...shared, platform: "browser", target: "es2022", format: "iife", loader: { ".css": "css" } };

const builds = [
  { ...node, entryPoints: { extension: "src/extension/extension.ts" }, outdir: "dist" },
  { ...node, entryPoints: { worker: "src/worker/main.ts" }, outdir: "dist" },
  { ...node, entryPoints: { cli: "src/cli/main.ts" }, outdir: "dist", banner: { js: "#!/usr/bin/env node" } },
  {
    ...page,
    entryPoints: { "report-page": "webview/report/page.ts", "model-page": "webview/model/page.ts" },
    outdir: "dist/webview",
  },
];

for (const options of builds) {
  if (watch) {
    const context = await esbuild.context(options);
    await context.watch();
  } else {
    await esbuild.build(options);
  }
}
