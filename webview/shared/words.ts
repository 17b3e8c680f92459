/**
 * The page's words in the person's language. Every page imports this first: modules after it may ask for words as they load.
 * The document carries the bundle that VS Code chose; without one, texts stay as they are written.
 */
import * as l10n from "@vscode/l10n";
import { writeNumbersIn } from "./format";

const { dataset, lang } = document.documentElement;
const bundle = dataset["l10n"];
if (bundle !== undefined) l10n.config({ contents: bundle });
writeNumbersIn(lang);
