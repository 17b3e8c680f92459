/** The ways by which text gets into GitHub's Markdown, table cells included. */
import { visibleText } from "../../protocol/errors";

/** Keeps `@name` and `#1` from becoming a mention and a reference, which entities do not. */
const WORD_JOINER = "&#8288;";

/**
 * A name as code, where nothing is a link, a mention or HTML. A code span takes no escapes: names that would end it, or
 * the cell of a table, become an element of entities.
 */
export function markdownCode(name: string): string {
  const text = visibleText(name);
  if (/^[^`|\\<>&\s](?:[^`|\\<>&]*[^`|\\<>&\s])?$/u.test(text)) return `\`${text}\``;
  return `<code>${text.replace(/[^\p{L}\p{N} ]/gu, entity)}</code>`;
}

/** A sentence in which nothing is markup, a link or a mention. */
export function markdownText(text: string): string {
  return visibleText(text)
    .replace(/[\\`*_{}[\]<>#|~$&@]/g, (character) =>
      character === "@" || character === "#" ? entity(character) + WORD_JOINER : entity(character),
    )
    .replace(/:(?=\/\/)/g, entity)
    .replace(/\bwww\./gi, `$&${WORD_JOINER}`)
    .replace(/^(?:[-+]|\d+[.)])(?=\s)/, (start) => entity(start) + start.slice(1));
}

/** The first character as a reference that is never markup. */
function entity(text: string): string {
  return `&#${text.codePointAt(0) ?? 0};`;
}
