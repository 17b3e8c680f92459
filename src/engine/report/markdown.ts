/** A report as GitHub's Markdown, for a pull request. */
import type { Definition } from "../../protocol/definitions";
import { schemeDefinitions } from "../../protocol/scheme-definitions";
import { BANNER_MARK } from "../emit/banner";
import { markdownCode, markdownText } from "../emit/markdown-text";
import {
  definitionsIn,
  type DocumentCell,
  type DocumentFact,
  type DocumentTable,
  type ReportDocument,
} from "./document";

/** Charts are left out: the tables hold their numbers. Equal documents give equal text. */
export function markdownOf(document: ReportDocument): string {
  const { title, lead, cautions, facts, totals, tables, notes } = document;
  const blocks = [
    `<!-- ${BANNER_MARK} -->`,
    `### ${markdownText(title)}`,
    markdownText(lead),
    ...cautions.map((caution) => `> ✗ ${markdownText(caution)}`),
    ...(facts.length === 0 ? [] : [factTable(facts)]),
    ...(totals === undefined ? [] : [tableBlock(totals)]),
    ...tables.map(tableBlock),
    ...(notes.length === 0 ? [] : [folded("Notes", notes.map((note) => `- ${markdownText(note)}`).join("\n"))]),
    folded("Definitions", definitions(document)),
    footer(document),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function factTable(facts: readonly DocumentFact[]): string {
  const rows = facts.map(({ label, value, note }) => [label, value, note ?? ""].map(markdownText));
  return gridOf(["", "", ""], [false, true, false], rows);
}

function tableBlock({ caption, columns, rows, isDetail }: DocumentTable): string {
  const grid = gridOf(
    columns.map(({ label }) => markdownText(label)),
    columns.map(({ numeric }) => numeric === true),
    rows.map((cells) => cells.map(cellText)),
  );
  return isDetail === true ? folded(caption, grid) : `**${markdownText(caption)}**\n\n${grid}`;
}

function gridOf(
  headings: readonly string[],
  isNumeric: readonly boolean[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(headings), line(isNumeric.map((right) => (right ? "---:" : "---"))), ...rows.map(line)].join("\n");
}

function cellText({ text, isName }: DocumentCell): string {
  return isName === true ? markdownCode(text) : markdownText(text);
}

function definitions(document: ReportDocument): string {
  const used = definitionsIn({ ...document, charts: [] });
  const all = [...used.map(([, definition]) => definition), ...schemeDefinitions(document.schemes)];
  return all.map(definitionLine).join("\n");
}

function definitionLine({ term, formula, meaning, source }: Definition): string {
  const parts = [
    `- **${markdownText(term)}**`,
    ...(formula === undefined ? [] : [markdownCode(formula)]),
    `${markdownText(meaning)}${source === undefined ? "" : ` (${markdownText(source)})`}`,
  ];
  return parts.join(": ");
}

function footer({ models, version }: ReportDocument): string {
  const files = models.map(
    ({ label, name, sha256 }) => `${label} ${markdownCode(name)}, SHA-256 ${markdownCode(sha256)}`,
  );
  return `<sub>${[...files, `Bitwright ${markdownText(version)}`].join(" · ")}</sub>`;
}

/** The empty lines let what is inside be Markdown. */
function folded(title: string, content: string): string {
  return `<details><summary>${markdownText(title)}</summary>\n\n${content}\n\n</details>`;
}
