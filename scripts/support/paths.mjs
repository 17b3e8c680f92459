/** Where things stand, for every script. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { StepError } from "./step-error.mjs";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Results, logs and screenshots of test runs. */
export const OUT = join(ROOT, "out");

/** The VS Code server of the offline tests, kept between runs. */
export const SERVER = join(ROOT, ".vscode-test", "server");

/**
 * Path of the first of these programs that PATH has, or undefined.
 * @param {readonly string[]} names
 */
export function findProgram(...names) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const name of names) {
    const found = folders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The Chromium that the workbench runs in: $CHROMIUM, or the first one installed. */
export function findChromium() {
  const given = process.env.CHROMIUM;
  if (given !== undefined && given !== "") return existsSync(given) ? given : undefined;
  return findProgram("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
}

/** @throws StepError where there is none */
export function requireChromium() {
  const chromium = findChromium();
  if (chromium !== undefined) return chromium;
  throw new StepError("Chromium is missing. Debian: apt-get install chromium; or set CHROMIUM to its path.");
}
