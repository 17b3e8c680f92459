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

/**
 * A block comment of these lines, which must be safe already. Lines beyond the text width are broken at spaces where
 * there are any, and continued under `indent` spaces.
 */
export function blockComment(lines: readonly string[], indent = 4): string[] {
  const wrapped = lines.flatMap((line) => wrap(line, COMMENT_WIDTH - 3, indent));
  const [first = "", ...rest] = wrapped;
  if (rest.length === 0) return [`/* ${first} */`];
  return [`/* ${first}`, ...rest.map((line) => ` * ${line}`.trimEnd()), " */"];
}

function wrap(line: string, width: number, indent: number): string[] {
  const parts: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const space = rest.lastIndexOf(" ", width);
    const end = space > width / 2 ? space : width;
    parts.push(rest.slice(0, end).trimEnd());
    rest = " ".repeat(indent) + rest.slice(end).trimStart();
  }
  return [...parts, rest];
}
