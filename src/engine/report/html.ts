/** A report as one HTML file: no scripts, nothing loaded, nothing but its own style sheet allowed. */
import type { Definition } from "../../protocol/definitions";
import { schemeDefinitions } from "../../protocol/scheme-definitions";
import { BANNER_MARK } from "../emit/banner";
import { htmlText } from "../emit/html-text";
import {
  definitionsIn,
  type DocumentCell,
  type DocumentColumn,
  type DocumentFact,
  type DocumentTable,
  type ReportDocument,
} from "./document";
import { chartHtml } from "./html-chart";
import { STYLE, STYLE_HASH } from "./html-style";

const POLICY = `default-src 'none'; style-src '${STYLE_HASH}'; base-uri 'none'; form-action 'none'`;

/** Texts longer than a figure may break. */
const WIDE_FROM = 48;

/** The whole file. Equal documents give equal text. */
export function htmlOf(document: ReportDocument): string {
  const { title, lead, cautions, facts, totals, charts, tables, notes } = document;
  return `<!doctype html><!-- ${BANNER_MARK} -->
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${htmlText(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${htmlText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${htmlText(title)}</h1>
<p class="lead">${htmlText(lead)}</p>
${[
  ...cautions.map((caution) => `<p class="caution">${htmlText(caution)}</p>`),
  ...(facts.length === 0 ? [] : [`<dl class="facts">\n${facts.map(factHtml).join("\n")}\n</dl>`]),
  ...(totals === undefined ? [] : [tableHtml(totals)]),
  ...charts.map(chartHtml),
  ...tables.map(tableHtml),
  ...(notes.length === 0 ? [] : [`<h2>Notes</h2>\n<ul>\n${notes.map(noteHtml).join("\n")}\n</ul>`]),
  definitionsHtml(document),
].join("\n")}
</main>
${footerHtml(document)}
</body>
</html>
`;
}

function factHtml({ label, value, note, definition }: DocumentFact): string {
  const second = note === undefined ? "" : `<span class="note">${htmlText(note)}</span>`;
  return `<div><dt>${defined(label, definition)}</dt><dd>${htmlText(value)}${second}</dd></div>`;
}

function tableHtml(table: DocumentTable): string {
  const { caption, columns, rows, isDetail } = table;
  const body = rows.map(
    (cells) => `<tr>${cells.map((cell, index) => cellHtml(cell, columns[index], index)).join("")}</tr>`,
  );
  const html = `<div class="scroll" role="region" aria-label="${htmlText(caption)}" tabindex="0">
<table>
<caption>${htmlText(caption)}</caption>
<thead><tr>${columns.map(headingHtml).join("")}</tr></thead>
<tbody>
${body.join("\n")}
</tbody>
</table>
</div>`;
  return isDetail === true ? `<details>\n<summary>${htmlText(caption)}</summary>\n${html}\n</details>` : html;
}

function headingHtml({ label, numeric, definition }: DocumentColumn): string {
  return `<th scope="col"${numeric === true ? ' class="number"' : ""}>${defined(label, definition)}</th>`;
}

function cellHtml(cell: DocumentCell, column: DocumentColumn, index: number): string {
  const { text, isName, verdict, definition } = cell;
  const classes = [
    ...(column.numeric === true ? ["number"] : []),
    ...(text.length > WIDE_FROM ? ["wide"] : []),
    ...(verdict === "better" || verdict === "worse" ? [verdict] : []),
  ];
  const attribute = classes.length === 0 ? "" : ` class="${classes.join(" ")}"`;
  const content = isName === true ? `<code>${htmlText(text)}</code>` : defined(text, definition);
  return index === 0 ? `<th scope="row"${attribute}>${content}</th>` : `<td${attribute}>${content}</td>`;
}

/** A link to the definition, where there is one. */
function defined(text: string, definition: string | undefined): string {
  return definition === undefined ? htmlText(text) : `<a href="#${definition}">${htmlText(text)}</a>`;
}

function noteHtml(note: string): string {
  return `<li>${htmlText(note)}</li>`;
}

function definitionsHtml(document: ReportDocument): string {
  const items = [
    ...definitionsIn(document).map(([id, definition]) => definitionHtml(definition, ` id="${id}"`)),
    ...schemeDefinitions(document.schemes).map((definition) => definitionHtml(definition, "")),
  ];
  return `<h2>Definitions</h2>\n<dl class="definitions">\n${items.join("\n")}\n</dl>`;
}

function definitionHtml({ term, formula, meaning, source }: Definition, id: string): string {
  const lines = [
    `<dt${id}>${htmlText(term)}</dt>`,
    ...(formula === undefined ? [] : [`<dd><code>${htmlText(formula)}</code></dd>`]),
    `<dd>${htmlText(meaning)}</dd>`,
    ...(source === undefined ? [] : [`<dd class="note">${htmlText(source)}</dd>`]),
  ];
  return lines.join("\n");
}

function footerHtml({ models, version }: ReportDocument): string {
  const files = models.map(
    ({ label, name, sha256 }) => `<p>${htmlText(`${label}: ${name}, SHA-256`)} <code>${htmlText(sha256)}</code></p>`,
  );
  return `<footer>\n${files.join("\n")}\n<p>Bitwright ${htmlText(version)}</p>\n</footer>`;
}
