/** The one way by which text from a model or a recipe gets into a C comment. */

/** Longest name shown in a comment. */
const MAX_COMMENT_NAME = 120;

/** Text width that generated files keep to. */
export const COMMENT_WIDTH = 100;

/**
 * Text that is safe within a block comment on one line: ASCII only, no start or end of a comment, no trigraph, no
 * backslash (which could join lines) and no control character. What has no place is written `<U+hex>`.
 * @param maxLength characters of the text that are shown; "..." marks a cut
 */
export function commentText(text: string, maxLength: number = MAX_COMMENT_NAME): string {
  const shown = text
    .slice(0, maxLength)
    .replace(/[^\x20-\x7e]|\\/gu, (character) => `<U+${hexPoint(character)}>`)
    .replace(/\*(?=\/)|\/(?=\*)|\?(?=\?)/g, "$& ");
  return text.length > maxLength ? `${shown}...` : shown;
}

function hexPoint(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

/** Widest label that wrapped lines are aligned to. */
const MAX_HANGING = 16;

/**
 * A block comment of these lines, which must be safe already. Lines beyond the text width are broken after spaces and
 * commas where there are any, and continued below the text that follows their label.
 */
export function blockComment(lines: readonly string[]): string[] {
  const [first = "", ...rest] = lines.flatMap((line) => wrap(line, COMMENT_WIDTH - 3));
  if (rest.length === 0) return [`/* ${first} */`];
  return [`/* ${first}`, ...rest.map((line) => ` * ${line}`.trimEnd()), " */"];
}

function wrap(line: string, width: number): string[] {
  const label = /^\S+ {2,}|^ */.exec(line)?.[0].length ?? 0;
  const indent = " ".repeat(label > MAX_HANGING ? 0 : label);
  const parts: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const gap = Math.max(rest.lastIndexOf(" ", width - 1), rest.lastIndexOf(",", width - 1)) + 1;
    const end = gap > width / 2 ? gap : width;
    parts.push(rest.slice(0, end).trimEnd());
    rest = indent + rest.slice(end).trimStart();
  }
  return [...parts, rest];
}
