/** Reports and comparisons as files. */
import type { Comparison } from "../../protocol/comparison";
import type { EqualizationComparison } from "../../protocol/equalization-comparison";
import type { Report } from "../../protocol/report";
import type { Artifact } from "../artifact";

const LINE_WIDTH = 100;

/** What is published as a JSON file. */
export type PublishedReport = Report | Comparison | EqualizationComparison;

/** The report as a file: {@link reportText} in UTF-8. */
export function reportArtifact(report: PublishedReport, path: string): Artifact {
  return { path, bytes: new TextEncoder().encode(reportText(report)) };
}

/**
 * The report as JSON with an indent of two; arrays and objects that fit stay on one line, long arrays of numbers fill
 * their lines. Equal reports give equal text.
 */
export function reportText(report: PublishedReport): string {
  const { generator, ...rest } = report;
  return `${format({ generator, ...rest }, "", 0)}\n`;
}

/** @param taken characters that stand before and after the value on its line */
function format(value: unknown, indent: string, taken: number): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => format(item, inner, inner.length + 1));
    if (fits(items, indent, taken)) return `[${items.join(", ")}]`;
    const lines = value.every(isScalar) ? filled(items, LINE_WIDTH - inner.length) : items;
    return `[\n${inner}${lines.join(`,\n${inner}`)}\n${indent}]`;
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  const items = entries.map(([key, item]) => {
    const head = `${JSON.stringify(key)}: `;
    return head + format(item, inner, inner.length + head.length + 1);
  });
  if (indent !== "" && fits(items, indent, taken + 2)) return items.length === 0 ? "{}" : `{ ${items.join(", ")} }`;
  return `{\n${inner}${items.join(`,\n${inner}`)}\n${indent}}`;
}

function isScalar(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

function fits(items: readonly string[], indent: string, taken: number): boolean {
  let length = Math.max(taken, indent.length) + 2;
  for (const item of items) {
    length += item.length + 2;
    if (length > LINE_WIDTH || item.includes("\n")) return false;
  }
  return true;
}

/** Joins items into lines of at most `width` characters. */
function filled(items: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const item of items) {
    if (line !== "" && line.length + item.length + 3 > width) {
      lines.push(line);
      line = item;
    } else {
      line = line === "" ? item : `${line}, ${item}`;
    }
  }
  return [...lines, line];
}
