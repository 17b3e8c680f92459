/**
 * `npm run package [-- --target linux-x64]…`: one VSIX a target with that target's ONNX Runtime alone, and a universal one
 * without it, in build/vsix. Prints the sizes and fails where one is over its limit. Same sources, same bytes.
 */
import { createVSIX } from "@vscode/vsce";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { noticesText } from "./support/notices.mjs";
import { ROOT } from "./support/paths.mjs";
import { main, runNode } from "./support/processes.mjs";
import { StepError } from "./support/step-error.mjs";

const BUILD = join(ROOT, "build", "vsix");
const BUNDLES = join(BUILD, "bundles");
const NOTICES = join(BUILD, "THIRD-PARTY-NOTICES.txt");
const MODULES = join(ROOT, "node_modules");
const NATIVE = join("bin", "napi-v6");

const UNIVERSAL = "universal";
const TARGETS = ["linux-x64", "linux-arm64", "darwin-arm64", "win32-x64", "win32-arm64", UNIVERSAL];

const MEGABYTE = 1e6;
const LIMITS = { "linux-x64": 25 * MEGABYTE, [UNIVERSAL]: 3 * MEGABYTE };

/** What every package holds besides package.json and the bundles; the first four are required. */
const CONTENT = ["media", "LICENSE", "package.nls.json", "README.md", "CHANGELOG.md", "l10n", "package.nls.de.json"];
const REQUIRED = 4;

/** Fields of package.json that only development needs. */
const DEVELOPMENT_FIELDS = ["scripts", "devDependencies", "dependencies", "private", "allowScripts", "bin"];

/** A line with a picture of the repository, which a package does not carry. */
const REPOSITORY_PICTURE = /^!\[[^\]]*\]\((?!https:)[^)]*\)\n+/gmu;

const nativeFolder = (target) => join(NATIVE, ...target.split("-"));

const isAvailable = (target) =>
  target === UNIVERSAL || existsSync(join(MODULES, "onnxruntime-node", nativeFolder(target)));

/** Lays the package's content out in a folder of its own. */
function stage(target, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [index, name] of CONTENT.entries()) {
    const source = join(ROOT, name);
    if (existsSync(source)) cpSync(source, join(folder, name), { recursive: true, filter: isShipped });
    else if (index < REQUIRED) throw new StepError(`${name} is missing: nothing to package.`);
  }
  cpSync(BUNDLES, join(folder, "dist"), { recursive: true });
  const runtimeNotices = target === UNIVERSAL ? "" : `\n${noticesText(["onnxruntime-common", "onnxruntime-node"])}`;
  writeFileSync(join(folder, "THIRD-PARTY-NOTICES.txt"), readFileSync(NOTICES, "utf8") + runtimeNotices);
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  for (const field of DEVELOPMENT_FIELDS) delete manifest[field];
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  writeFileSync(join(folder, "README.md"), readme.replace(REPOSITORY_PICTURE, ""));
  // The folder holds nothing that is not shipped; vsce warns where no list says so.
  writeFileSync(join(folder, ".vscodeignore"), "");
  if (target !== UNIVERSAL) stageRuntime(target, join(folder, "dist", "node_modules"));
}

/** Beside the bundles, where `require("onnxruntime-node")` finds it; vsce leaves a node_modules at the root out. */
function stageRuntime(target, folder) {
  const copy = (name, part, keep = () => true) => {
    cpSync(join(MODULES, name, part), join(folder, name, part), { recursive: true, dereference: true, filter: keep });
  };
  const isCode = (path) => statSync(path).isDirectory() || /\.(?:c?js|json)$/u.test(path);
  copy("onnxruntime-node", "package.json");
  copy("onnxruntime-node", "dist", isCode);
  copy("onnxruntime-node", nativeFolder(target), (path) => !isVersionedCopy(path));
  copy("onnxruntime-common", "package.json");
  copy("onnxruntime-common", join("dist", "cjs"), isCode);
}

/** The package for macOS holds the library twice, once under its full version, which nothing loads. */
const isVersionedCopy = (path) => /^libonnxruntime\.\d+\.\d+\.\d+\.dylib$/u.test(basename(path));

const isShipped = (path) => !/\.(?:map|mjs)$/u.test(path);

async function packageTarget(target) {
  const folder = join(BUILD, target);
  stage(target, folder);
  const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const packagePath = join(BUILD, `${name}-${version}-${target}.vsix`);
  await createVSIX({
    cwd: folder,
    packagePath,
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
    ...(target === UNIVERSAL ? {} : { target }),
  });
  rmSync(folder, { recursive: true, force: true });
  return { target, file: packagePath, bytes: statSync(packagePath).size };
}

function chosenTargets() {
  const { values } = parseArgs({ options: { target: { type: "string", multiple: true } } });
  const unknown = values.target?.find((target) => !TARGETS.includes(target));
  if (unknown !== undefined) throw new StepError(`There is no target ${unknown}; there are: ${TARGETS.join(", ")}.`);
  const missing = values.target?.find((target) => !isAvailable(target));
  if (missing !== undefined) throw new StepError(`onnxruntime-node has no binary for ${missing} here.`);
  return values.target ?? TARGETS.filter(isAvailable);
}

await main(async () => {
  const targets = chosenTargets();
  // vsce: sorted entries and this time stamp make the archive reproducible. 1980 is the first year that zip knows.
  process.env.SOURCE_DATE_EPOCH = String(Date.UTC(1980, 0, 2) / 1000);
  rmSync(BUILD, { recursive: true, force: true });
  mkdirSync(BUILD, { recursive: true });
  await runNode("esbuild.mjs", "--production", "--outdir", BUNDLES, "--notices", NOTICES);
  const packages = [];
  for (const target of targets) packages.push(await packageTarget(target));
  rmSync(BUNDLES, { recursive: true, force: true });
  rmSync(NOTICES);
  for (const { target, file, bytes } of packages) {
    console.log(`${target.padEnd(14)}${(bytes / MEGABYTE).toFixed(2).padStart(8)} MB  ${basename(file)}`);
  }
  const heavy = packages.filter(({ target, bytes }) => bytes > (LIMITS[target] ?? Infinity));
  for (const { target } of heavy) console.error(`${target} is over its limit of ${LIMITS[target] / MEGABYTE} MB.`);
  return heavy.length > 0 ? 1 : 0;
});
