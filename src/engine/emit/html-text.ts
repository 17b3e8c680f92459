/** The one way by which text gets into HTML and SVG. */
import { visibleText } from "../../protocol/errors";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text that is safe between tags and within quoted attributes; invisible characters are written out. */
export function htmlText(text: string): string {
  return visibleText(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
