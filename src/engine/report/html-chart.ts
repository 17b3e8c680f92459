/** Bars as SVG: a group a row, its name before it and its figures behind. */
import { shortened } from "../../protocol/format";
import type { Figure } from "../../protocol/report-difference";
import { htmlText } from "../emit/html-text";
import type { DocumentChart } from "./document";

const WIDTH = 960;
const NAME_WIDTH = 220;
const TEXT_WIDTH = 90;
const BAR_HEIGHT = 14;
/** Between groups. */
const GAP = 8;
/** Characters that fit before the bars. */
const NAME_LENGTH = 30;

/** A figure with its legend; the picture's name says what a table of the document holds in numbers. */
export function chartHtml(chart: DocumentChart): string {
  const { title, definition, series, rows } = chart;
  const most = largest(rows.flatMap(({ values }) => values));
  const groupHeight = series.length * BAR_HEIGHT + GAP;
  const groups = rows.map(({ name, values, texts }, row) => {
    const top = row * groupHeight + GAP / 2;
    const middle = top + (series.length * BAR_HEIGHT) / 2;
    const label = `<text x="${NAME_WIDTH - 8}" y="${middle}" text-anchor="end" dominant-baseline="middle">${htmlText(shortened(name, NAME_LENGTH))}</text>`;
    return (
      label + values.map((value, index) => bar(value, texts[index], index, top + index * BAR_HEIGHT, most)).join("")
    );
  });
  const legend =
    series.length === 1
      ? ""
      : series
          .map((text, index) => `<span><span class="key-${index}" aria-hidden="true">■</span> ${htmlText(text)}</span>`)
          .join("");
  return `<figure>
<figcaption><strong><a href="#${definition}">${htmlText(title)}</a></strong>${legend}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${rows.length * groupHeight}" role="img" aria-label="${htmlText(sentence(chart))}">
${groups.join("\n")}
</svg>
</figure>`;
}

/** What is exact has a bar of full length, and says so. */
function bar(value: Figure, text: string, series: number, top: number, most: number): string {
  const room = WIDTH - NAME_WIDTH - TEXT_WIDTH;
  const share = value === "exact" ? 1 : most > 0 ? Math.max(0, value ?? 0) / most : 0;
  const length = Math.round(10 * room * share) / 10;
  const opacity = value === "exact" ? ' fill-opacity="0.4"' : "";
  const height = BAR_HEIGHT - 2;
  return (
    `<rect class="bar-${series}" x="${NAME_WIDTH}" y="${top + 1}" width="${length}" height="${height}"${opacity}/>` +
    `<text x="${NAME_WIDTH + length + 6}" y="${top + BAR_HEIGHT / 2}" dominant-baseline="middle">${htmlText(text)}</text>`
  );
}

function sentence({ title, series, rows }: DocumentChart): string {
  return `Bar chart: ${title}; ${series.join(", ")} of ${rows.length} rows. The table has all numbers.`;
}

function largest(values: readonly Figure[]): number {
  return values.reduce((most: number, value) => (typeof value === "number" ? Math.max(most, value) : most), 0);
}
