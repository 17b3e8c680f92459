/** Before and after in numbers: the whole model, and layer by layer. What is better and worse is said by mark, sign and word. */
import * as l10n from "@vscode/l10n";
import type { DefinitionId } from "../../src/protocol/definitions";
import {
  changeText,
  differenceSize,
  figureOf,
  type Change,
  type Figure,
  type LayerDifference,
  type TotalDifference,
  type Unit,
  type Verdict,
} from "../../src/protocol/report-difference";
import { defined, glossaryEntry } from "../shared/definitions";
import { element } from "../shared/dom";
import { nameText } from "../shared/format";
import { INDEX_COLUMN, NAME_COLUMN } from "../shared/layer-columns";
import type { Column } from "../shared/sortable-table";
import type { SortKey } from "../shared/sort";

/** Of totals whose label is not the term of their definition. */
const LABELS: ReadonlyMap<string, string> = new Map([["Flash of the network", l10n.t("Flash of the network")]]);

export const TOTAL_COLUMNS: readonly Column<TotalDifference>[] = [
  {
    id: "name",
    label: l10n.t("Figure"),
    text: () => "",
    sortKey: ({ label }) => label,
    decorate: (cell, { label, definition }) => {
      cell.append(defined(LABELS.get(label) ?? glossaryEntry(definition).term, definition));
    },
  },
  ...changeColumns<TotalDifference>(
    "total",
    (total) => total,
    ({ unit }) => unit,
  ),
];

interface Quantity {
  readonly id: DefinitionId;
  readonly label: string;
  readonly unit: Unit;
  readonly change: (layer: LayerDifference) => Change;
}

const QUANTITIES: readonly Quantity[] = [
  { id: "sqnr", label: "SQNR", unit: "decibels", change: ({ sqnr }) => sqnr },
  { id: "flash", label: l10n.t("Flash"), unit: "bytes", change: ({ bytes }) => bytes },
  { id: "both", label: l10n.t("Both"), unit: "decibels", change: ({ both }) => both },
  { id: "kl", label: "KL", unit: "nats", change: ({ kl }) => kl },
];

export interface LayerRow {
  readonly index: number;
  readonly layer: LayerDifference;
}

/** Without quantities that neither report has, and without schemes where all layers have the same. */
export function layerColumns(rows: readonly LayerRow[]): Column<LayerRow>[] {
  const known = QUANTITIES.filter(({ change }) =>
    rows.some(({ layer }) => change(layer).before !== null || change(layer).after !== null),
  );
  const isUniform = new Set(rows.map(({ layer }) => schemesText(layer))).size === 1;
  return [
    INDEX_COLUMN,
    NAME_COLUMN,
    ...(isUniform ? [] : [SCHEMES]),
    ...known.flatMap(({ id, label, unit, change }) =>
      changeColumns<LayerRow>(
        id,
        ({ layer }) => change(layer),
        () => unit,
        label,
        id,
      ),
    ),
  ];
}

const SCHEMES: Column<LayerRow> = {
  id: "scheme",
  label: l10n.t("Scheme"),
  definition: "scheme",
  text: ({ layer }) => schemesText(layer),
  sortKey: ({ layer }) => schemesText(layer),
  decorate: (cell) => {
    cell.classList.add("wrapped");
  },
};

function schemesText({ before, after }: LayerDifference): string {
  if (before === null) return l10n.t("only after: {0}", nameText(after ?? ""));
  if (after === null) return l10n.t("only before: {0}", nameText(before));
  return before === after ? nameText(after) : `${nameText(before)} → ${nameText(after)}`;
}

/** Three columns a quantity. */
function changeColumns<Row>(
  id: string,
  change: (row: Row) => Change,
  unit: (row: Row) => Unit,
  label = "",
  definition?: DefinitionId,
): Column<Row>[] {
  const side = (which: "before" | "after", heading: string): Column<Row> => ({
    id: `${id}-${which}`,
    label: `${label} ${heading}`.trim(),
    numeric: true,
    text: (row) => figureOf(change(row)[which], unit(row)),
    sortKey: (row) => keyOf(change(row)[which]),
    ...(definition === undefined ? {} : { definition }),
  });
  return [
    side("before", l10n.t("before")),
    side("after", l10n.t("after")),
    {
      id: `${id}-change`,
      label: l10n.t("change"),
      title: l10n.t("✓ is better, ✗ is worse, = shows no difference"),
      numeric: true,
      text: (row) => changeText(change(row), unit(row)),
      sortKey: (row) => differenceSize(change(row)),
      decorate: (cell, row) => {
        const { verdict } = change(row);
        if (verdict === null) return;
        cell.classList.add(`verdict-${verdict}`);
        cell.append(element("span", { class: "visually-hidden", text: `, ${verdictText(verdict)}` }));
      },
    },
  ];
}

export function verdictText(verdict: Verdict): string {
  switch (verdict) {
    case "better":
      return l10n.t("better");
    case "worse":
      return l10n.t("worse");
    case "same":
      return l10n.t("the same");
  }
}

function keyOf(figure: Figure): SortKey {
  return figure === "exact" ? Infinity : figure;
}
