/**
 * Builds every bundle: `node esbuild.mjs [--watch] [--production] [--outdir dist] [--notices FILE]`; the last writes the
 * licences of what was bundled.
 */
import * as esbuild from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { bundledPackages, noticesText } from "./scripts/support/notices.mjs";

const { production, watch, outdir, notices } = parseArgs({
  options: {
    production: { type: "boolean", default: false },
    watch: { type: "boolean", default: false },
    outdir: { type: "string", default: "dist" },
    notices: { type: "string" },
  },
}).values;
const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

const shared = {
  bundle: true,
  metafile: notices !== undefined,
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
  { ...node, entryPoints: { extension: "src/extension/extension.ts" }, outdir },
  { ...node, entryPoints: { worker: "src/worker/main.ts" }, outdir },
  { ...node, entryPoints: { cli: "src/cli/main.ts" }, outdir, banner: { js: "#!/usr/bin/env node" } },
  {
    ...page,
    entryPoints: {
      "report-page": "webview/report/page.ts",
      "model-page": "webview/model/page.ts",
      "comparison-page": "webview/compare/page.ts",
      "report-comparison-page": "webview/report-comparison/page.ts",
      "equalization-page": "webview/equalization/page.ts",
      "training-page": "webview/training/page.ts",
    },
    outdir: `${outdir}/webview`,
  },
];

const metafiles = [];
for (const options of builds) {
  if (watch) {
    const context = await esbuild.context(options);
    await context.watch();
  } else {
    metafiles.push((await esbuild.build(options)).metafile);
  }
}
if (notices !== undefined) writeFileSync(notices, noticesText(bundledPackages(metafiles)));
