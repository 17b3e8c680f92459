/** Generated C as bytes: lines of ASCII text, and arrays of integers written without a string per element. */
import { COMMENT_WIDTH } from "./comments";

const INITIAL_CAPACITY = 1 << 16;
const INDENT = 4;
const MINUS = 0x2d;
const COMMA = 0x2c;
const SPACE = 0x20;
const NEWLINE = 0x0a;
const ZERO = 0x30;

/** Whole numbers; of floats those below 2^53. */
type Integers = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Float64Array;

export class CText {
  private buffer = new Uint8Array(INITIAL_CAPACITY);
  private length = 0;

  /** Appends lines of ASCII text, each with a line feed. */
  lines(...lines: readonly string[]): void {
    for (const line of lines) {
      this.reserve(line.length + 1);
      for (let i = 0; i < line.length; i++) this.buffer[this.length++] = line.charCodeAt(i);
      this.buffer[this.length++] = NEWLINE;
    }
  }

  /**
   * Appends the elements of an initializer, indented and right-aligned in columns.
   * @param perLine elements per line; as many as fit the text width if left out
   * @param lineComment text of a comment after each line, from the range of elements on it
   */
  integers(values: Integers, perLine?: number, lineComment?: (start: number, end: number) => string): void {
    const width = columnWidth(values);
    const columns = perLine ?? Math.max(1, Math.floor((COMMENT_WIDTH - INDENT + 1) / (width + 2)));
    for (let start = 0; start < values.length; start += columns) {
      const end = Math.min(start + columns, values.length);
      this.integerLine(values, start, end, width);
      if (lineComment !== undefined) {
        this.length--;
        const gap = " ".repeat((start + columns - end) * (width + 2) + (end === values.length ? 2 : 1));
        this.lines(`${gap}/* ${lineComment(start, end)} */`);
      }
    }
  }

  /** The text so far. */
  bytes(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }

  private integerLine(values: Integers, start: number, end: number, width: number): void {
    this.reserve(INDENT + (end - start) * (width + 2));
    const { buffer } = this;
    let position = this.length;
    buffer.fill(SPACE, position, position + INDENT);
    position += INDENT;
    for (let i = start; i < end; i++) {
      if (i > start) buffer[position++] = SPACE;
      const value = values[i];
      let rest = value < 0 ? -value : value;
      let digit = position + width;
      do {
        const tenth = Math.floor(rest / 10);
        buffer[--digit] = ZERO + rest - tenth * 10;
        rest = tenth;
      } while (rest > 0);
      if (value < 0) buffer[--digit] = MINUS;
      while (digit > position) buffer[--digit] = SPACE;
      position += width;
      buffer[position++] = COMMA;
    }
    if (end === values.length) position--;
    buffer[position++] = NEWLINE;
    this.length = position;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + more));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}

/** Characters of the longest element. */
function columnWidth(values: Integers): number {
  let min = 0;
  let max = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return Math.max(String(min).length, String(max).length);
}
