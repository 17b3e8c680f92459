/** Tables of numbers: the lines are found once, then read as they are asked for. */
import { basename } from "node:path";
import { csvFields, csvSeparator, isCsvHeader, MAX_CSV_LINE_BYTES, parseCsvLine } from "../../engine/data/csv";
import { BitwrightError } from "../../protocol/errors";
import type { ByteSource } from "./byte-source";
import type { FileSamples } from "./file-samples";

/** A table with more lines needs another format. */
const MAX_LINES = 10_000_000;

const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

interface Line {
  readonly start: number;
  readonly end: number;
  /** In the file, from 1. */
  readonly number: number;
}

/** A table whose lines are known. */
export interface CsvTable {
  readonly separator: string;
  /** Fields of the first line below the header. */
  readonly columns: number;
  /** The first line, where it names columns of numbers. */
  readonly header: Line | null;
  /** Below the header. */
  readonly lines: readonly Line[];
  readonly bytes: ByteSource;
}

/** @throws BitwrightError data-invalid */
export async function readCsvTable(bytes: ByteSource): Promise<CsvTable> {
  const lines = await findLines(bytes);
  const first = lines.at(0);
  if (first === undefined) throw new BitwrightError("data-invalid", "the table is empty", "Give one sample a line");
  const firstText = await lineText(bytes, first);
  const separator = csvSeparator(firstText);
  const header = isCsvHeader(firstText, separator) ? first : null;
  const samples = header === null ? lines : lines.slice(1);
  const sample = samples.at(0);
  if (sample === undefined) {
    throw new BitwrightError("data-invalid", "the table has a header and no samples", "Give one sample a line");
  }
  const columns = csvFields(await lineText(bytes, sample), separator).length;
  return { separator, columns, header, lines: samples, bytes };
}

/** Every line of the table as one sample. */
export function csvSamples({ separator, columns, header, lines, bytes }: CsvTable, path: string): FileSamples {
  const name = basename(path);
  return {
    name,
    count: lines.length,
    type: "float64",
    dims: [columns],
    layout: null,
    files: [path],
    sampleNames: null,
    labels: null,
    notes: header !== null ? [`${name}: the first line is taken as names of columns`] : [],
    read: async (index, target) => {
      const line = lines[index];
      parseCsvLine(await lineText(bytes, line), separator, target, line.number);
    },
    close: () => bytes.close(),
  };
}

/** A line of a table that is not all numbers. */
export interface CsvRow {
  /** For messages, from 1. */
  readonly number: number;
  readonly fields: readonly string[];
}

/** Every line, the first of the file included: where other columns are text it is for its reader to say what it is. */
export async function csvRows({ separator, header, lines, bytes }: CsvTable): Promise<CsvRow[]> {
  const rows: CsvRow[] = [];
  for (const line of header === null ? lines : [header, ...lines])
    rows.push({ number: line.number, fields: csvFields(await lineText(bytes, line), separator) });
  return rows;
}

async function lineText(bytes: ByteSource, { start, end }: Line): Promise<string> {
  return new TextDecoder().decode(await bytes.read(start, end - start)).trimEnd();
}

/** Lines that are not blank. */
async function findLines(bytes: ByteSource): Promise<Line[]> {
  const lines: Line[] = [];
  let start = 0;
  let number = 1;
  let blank = true;
  const endLine = (end: number): void => {
    if (!blank) lines.push({ start, end, number });
    if (lines.length > MAX_LINES || end - start > MAX_CSV_LINE_BYTES) {
      throw new BitwrightError(
        "data-invalid",
        `the table has more than ${MAX_LINES} lines, or one of more than ${MAX_CSV_LINE_BYTES} bytes`,
        "Save the data as .npy",
      );
    }
    start = end + 1;
    number++;
    blank = true;
  };
  for (let offset = 0; offset < bytes.size; offset += CHUNK_BYTES) {
    const chunk = await bytes.read(offset, CHUNK_BYTES);
    for (let i = 0; i < chunk.length; i++) {
      if (chunk[i] === NEWLINE) endLine(offset + i);
      else if (chunk[i] > 0x20) blank = false;
    }
  }
  if (start < bytes.size) endLine(bytes.size);
  return lines;
}
