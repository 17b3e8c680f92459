/**
 * `npm run l10n`: brings the translations in l10n/ up to date with the texts in the sources. A new text gets an empty translation,
 * which the tests refuse until somebody has written it; what is no longer said goes.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./support/paths.mjs";
import { spokenTexts } from "./support/spoken-texts.mjs";

const folder = join(ROOT, "l10n");
const texts = await spokenTexts();

for (const name of readdirSync(folder)) {
  const file = join(folder, name);
  const known = JSON.parse(readFileSync(file, "utf8"));
  const bundle = Object.fromEntries(texts.map((text) => [text, known[text] ?? ""]));
  writeFileSync(file, `${JSON.stringify(bundle, undefined, 2)}\n`);
  const missing = texts.filter((text) => bundle[text] === "");
  console.log(`${name}: ${texts.length} texts, ${missing.length} without a translation`);
  for (const text of missing) console.log(`  ${text}`);
}
