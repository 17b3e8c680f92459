/** Constant arrays of generated C: each is described once, and declared, defined and measured from that. */
import { blockComment } from "./comments";
import type { CText } from "./c-text";

export interface CArray {
  /** Type of the elements. */
  readonly type: string;
  readonly name: string;
  /** Macro of the number of elements. */
  readonly count: string;
  /** Lines that are safe within a comment. */
  readonly comment: readonly string[];
  /** Writes the elements between the braces. */
  readonly write: (text: CText) => void;
}

/** Declaration for a header that goes with a source file. */
export function declareArray({ type, name, count, comment }: CArray): string[] {
  return [...blockComment(comment), `extern const ${type} ${name}[${count}];`];
}

/** @param storage what stands before the type, for example `const`; the last entry on its line, the others on their own */
export function defineArray(
  text: CText,
  { type, name, count, comment, write }: CArray,
  storage: readonly string[],
): void {
  const head = `${storage.at(-1) ?? ""} ${type} ${name}[${count}] = {`;
  text.lines(...blockComment(comment), ...storage.slice(0, -1), head);
  write(text);
  text.lines("};", "");
}
