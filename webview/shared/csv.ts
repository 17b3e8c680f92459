/** Tables as comma-separated values (RFC 4180). */

export type Cell = string | number | boolean | null;

/** One line a row; null is an empty cell. */
export function csvText(rows: readonly (readonly Cell[])[]): string {
  return rows.map((cells) => `${cells.map(cellText).join(",")}\r\n`).join("");
}

/** Spreadsheets run a text that starts with one of these as a formula; an apostrophe before it keeps it text. */
const FORMULA_START = /^[=+\-@\t\r\n|%]/;

const NEEDS_QUOTES = /[",\r\n]/;

function cellText(value: Cell): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const text = FORMULA_START.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
