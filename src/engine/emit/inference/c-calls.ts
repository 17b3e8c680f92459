/** Heads and calls of functions, broken into lines. */

/** Longest line of C. */
const LINE_WIDTH = 120;

/**
 * A line that ends in a list in parentheses, with as much of the list on a line as fits, the other lines below its first element;
 * all elements on lines of their own, indented once more, where the text before leaves no room.
 *
 * @param before up to and with the parenthesis
 * @param after from the closing parenthesis on
 */
export function brokenList(before: string, elements: readonly string[], after: string): string[] {
  const fits = (line: string, element: string, end: string) => line.length + element.length + end.length <= LINE_WIDTH;
  const ends = elements.map((_, index) => (index === elements.length - 1 ? after : ","));
  const below = " ".repeat(before.length);
  const isNarrow = !elements.every((element, index) => fits(below, element, ends[index]));
  const [margin] = /^ */.exec(before) ?? [""];
  const indent = isNarrow ? `${margin}    ` : below;
  const lines = isNarrow ? [before] : [];
  let line = isNarrow ? indent : before;
  elements.forEach((element, index) => {
    const separated = index === 0 ? line : `${line} `;
    if (index > 0 && !fits(separated, element, ends[index])) {
      lines.push(line);
      line = indent + element + ends[index];
    } else {
      line = separated + element + ends[index];
    }
  });
  return [...lines, elements.length === 0 ? before + after : line];
}
