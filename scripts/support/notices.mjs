/** Licence notices of the libraries that end up in the bundles. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./paths.mjs";
import { StepError } from "./step-error.mjs";

const MODULES = join(ROOT, "node_modules");

/** Names of the packages that esbuild took files from. */
export function bundledPackages(metafiles) {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const names = inputs.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//u.exec(path)?.[1] ?? []);
  return [...new Set(names)].sort();
}

/** One text: every package with its version, its licence's name and its licence's words. */
export function noticesText(packages) {
  const parts = packages.map((name) => {
    const { version, license } = JSON.parse(readFileSync(join(MODULES, name, "package.json"), "utf8"));
    return `${name} ${version} (${license})\n\n${licenceText(name, license)}\n`;
  });
  return `Bitwright contains these libraries.\n\n${parts.join(`\n${"-".repeat(80)}\n\n`)}`;
}

function licenceText(name, license) {
  const folder = join(MODULES, name);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/iu.test(entry));
  if (file !== undefined) return readFileSync(join(folder, file), "utf8").trim();
  if (!existsSync(join(folder, "package.json")) || license === undefined) {
    throw new StepError(`${name} states no licence: it cannot be shipped.`);
  }
  return `The package states the licence ${license} and carries no text of it.`;
}
