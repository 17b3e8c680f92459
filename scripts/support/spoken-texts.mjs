/** The texts that the extension and its pages say, as the sources have them. */
import { getL10nJson } from "@vscode/l10n-dev";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./paths.mjs";
import { sharedTexts } from "./shared-texts.mjs";

/** Every text that is given to `l10n.t` in src/extension and webview, literally or out of a shared table, sorted. */
export async function spokenTexts() {
  const files = ["src/extension", "webview"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) => join(ROOT, folder, file)),
  );
  const sources = files
    .filter((file) => file.endsWith(".ts"))
    .map((file) => ({ extension: ".ts", contents: readFileSync(file, "utf8") }))
    .filter(({ contents }) => contents.includes("l10n.t("));
  const literal = Object.keys(await getL10nJson(sources));
  return [...new Set([...literal, ...(await sharedTexts())])].sort();
}
