/** Tables of numbers as text: one sample a line, separated by comma, semicolon or tab, with or without a header line. */
import { BitwrightError, shownName } from "../../protocol/errors";

/** A longer line is no sample. */
export const MAX_CSV_LINE_BYTES = 64 * 1024 * 1024;

const SEPARATORS = ["\t", ";", ","];

/** The separator of a table, read off one line of it. */
export function csvSeparator(line: string): string {
  return SEPARATORS.find((separator) => line.includes(separator)) ?? ",";
}

/** Fields of a line, without the quotation marks around whole fields. */
export function csvFields(line: string, separator: string): string[] {
  return line.split(separator).map((field) => field.trim().replace(/^"(.*)"$/, "$1"));
}

/** Whether a line, the first of a file, names columns and holds no sample. */
export function isCsvHeader(line: string, separator: string): boolean {
  return csvFields(line, separator).some((field) => csvNumber(field) === undefined);
}

/** The number that a field spells; undefined where it spells none. NaN and infinities are numbers here, refused later by name. */
export function csvNumber(field: string): number | undefined {
  if (/^[+-]?(nan|inf(inity)?)$/i.test(field)) return NaN;
  const value = Number(field);
  return field === "" || Number.isNaN(value) ? undefined : value;
}

/**
 * Reads one sample.
 * @param target receives as many numbers as the table has columns
 * @param lineNumber for messages, from 1
 * @throws BitwrightError data-invalid
 */
export function parseCsvLine(line: string, separator: string, target: Float64Array, lineNumber: number): void {
  const fields = csvFields(line, separator);
  if (fields.length !== target.length) {
    throw new BitwrightError(
      "data-invalid",
      `line ${lineNumber} has ${fields.length} fields, expected ${target.length} as in the first`,
      "Give every line the same number of fields",
    );
  }
  fields.forEach((field, column) => {
    const value = csvNumber(field);
    if (value === undefined) {
      throw new BitwrightError(
        "data-invalid",
        `line ${lineNumber}, field ${column + 1} is "${shownName(field)}", expected a number`,
        "Correct the file",
      );
    }
    target[column] = value;
  });
}
