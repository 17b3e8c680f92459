/**
 * Layers × candidates: a native table with the keys of a grid. The arrow keys move from cell to cell; Enter, Space and a click
 * choose the cell's candidate for its layer, in the last row for all layers.
 */
import * as l10n from "@vscode/l10n";
import type { ComparedLayer, Comparison, ComparisonPoint } from "../../src/protocol/comparison";
import { element } from "../shared/dom";
import { bytesText, countText, decibelText, nameText, sqnrText } from "../shared/format";
import type { Sort } from "../shared/sort";
import { SortableTable, type Column } from "../shared/sortable-table";
import { movedInGrid, type GridPosition } from "./cursor";
import { heatOf, heatScale } from "./heat";

export interface GridActions {
  choose(layer: number, candidate: number): void;
  chooseForAll(candidate: number): void;
  readonly sort: Sort | null;
  onSort(sort: Sort): void;
}

interface GridRow {
  readonly index: number;
  readonly layer: ComparedLayer;
}

export class CellGrid {
  readonly element: HTMLElement;
  private readonly table: HTMLTableElement;
  private readonly foot: HTMLTableRowElement;
  private chosen: readonly number[] = [];
  private cursor: HTMLTableCellElement | undefined;

  constructor(
    private readonly comparison: Comparison,
    private readonly actions: GridActions,
  ) {
    this.foot = footRow(comparison);
    const { element: box, table } = new SortableTable<GridRow>({
      caption: l10n.t("SQNR and flash of every layer under every candidate"),
      columns: columnsOf(comparison),
      rows: comparison.layers.map((layer, index) => ({ index, layer })),
      nameColumn: "name",
      foot: element("tfoot", {}, this.foot),
      sort: actions.sort,
      onSort: (sort) => {
        actions.onSort(sort);
      },
    });
    this.element = box;
    this.table = table;
    table.setAttribute("role", "grid");
    table.classList.add("cells");
    table.addEventListener("click", (event) => {
      const cell = cellOf(event.target);
      if (cell === undefined) return;
      this.moveTo(cell);
      this.choose(cell);
    });
    table.addEventListener("keydown", (event) => {
      const cell = cellOf(event.target);
      if (cell !== undefined) this.press(event, cell);
    });
  }

  /** Marks the chosen cells. @param chosen a candidate for every layer */
  show(chosen: readonly number[]): void {
    this.chosen = chosen;
    for (const row of this.rows()) {
      const layer = layerOf(row);
      const candidate = layer === undefined ? this.forAll() : chosen[layer];
      for (const cell of candidateCells(row)) {
        cell.ariaSelected = String(Number(cell.dataset["candidate"]) === candidate);
      }
    }
    const first = this.rows().at(0);
    const start = first === undefined ? undefined : candidateCells(first).at(chosen[layerOf(first) ?? 0] ?? 0);
    if (this.cursor === undefined && start !== undefined) this.setTabStop(start);
  }

  /** The candidate of all layers, where it is one. */
  private forAll(): number | undefined {
    return this.chosen.every((candidate) => candidate === this.chosen[0]) ? this.chosen[0] : undefined;
  }

  private press(event: KeyboardEvent, cell: HTMLTableCellElement): void {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.choose(cell);
      return;
    }
    const rows = this.rows();
    const next = movedInGrid(
      event.key,
      event.ctrlKey || event.metaKey,
      positionOf(cell, rows),
      rows.length,
      this.comparison.candidates.length,
    );
    const target = next === undefined ? undefined : candidateCells(rows[next.row]).at(next.column);
    if (target === undefined) return;
    event.preventDefault();
    this.moveTo(target);
  }

  private choose(cell: HTMLTableCellElement): void {
    const candidate = Number(cell.dataset["candidate"]);
    const layer = cell.parentElement instanceof HTMLTableRowElement ? layerOf(cell.parentElement) : undefined;
    if (layer === undefined) this.actions.chooseForAll(candidate);
    else this.actions.choose(layer, candidate);
  }

  private moveTo(cell: HTMLTableCellElement): void {
    this.setTabStop(cell);
    cell.focus({ preventScroll: true });
    this.reveal(cell);
  }

  private setTabStop(cell: HTMLTableCellElement): void {
    if (this.cursor !== undefined) this.cursor.tabIndex = -1;
    this.cursor = cell;
    cell.tabIndex = 0;
  }

  /** Scrolls the box so that the cell stands clear of the headings, the names and the last row. */
  private reveal(cell: HTMLTableCellElement): void {
    const box = this.element;
    const row = cell.parentElement instanceof HTMLTableRowElement ? cell.parentElement : this.foot;
    const name = row.cells[0].offsetWidth;
    const left = cell.offsetLeft - name - box.scrollLeft;
    const right = cell.offsetLeft + cell.offsetWidth - box.scrollLeft - box.clientWidth;
    if (left < 0) box.scrollLeft += left;
    else if (right > 0) box.scrollLeft += right;
    if (row === this.foot) return;
    const above = cell.offsetTop - (this.table.tHead?.offsetHeight ?? 0) - box.scrollTop;
    const below = cell.offsetTop + cell.offsetHeight + this.foot.offsetHeight - box.scrollTop - box.clientHeight;
    if (above < 0) box.scrollTop += above;
    else if (below > 0) box.scrollTop += below;
  }

  /** In the order in which they stand. */
  private rows(): HTMLTableRowElement[] {
    return [...this.table.querySelectorAll<HTMLTableRowElement>("tbody tr, tfoot tr")];
  }
}

function columnsOf({ candidates, layers }: Comparison): Column<GridRow>[] {
  const scale = heatScale(layers.flatMap(({ cells }) => cells));
  const columns = candidates.map(({ label }, candidate): Column<GridRow> => ({
    id: `candidate-${candidate}`,
    label,
    title: l10n.t("Sort by the SQNR of {0}", label),
    numeric: true,
    text: ({ layer }) => sqnrText(layer.cells[candidate]),
    sortKey: ({ layer }) => layer.cells[candidate].sqnrDb ?? Infinity,
    decorate: (cell, { layer }) => {
      const { sqnrDb, bytes } = layer.cells[candidate];
      makeChoosable(cell, candidate, bytes);
      cell.style.setProperty("--heat", heatOf(sqnrDb, scale).toFixed(3));
    },
  }));
  return [
    {
      id: "name",
      label: l10n.t("Layer"),
      text: ({ layer }) => nameText(layer.name),
      sortKey: ({ layer }) => layer.name,
      decorate: (cell, { layer }) => {
        const about = `${nameText(layer.name)}: ${nameText(layer.op)}`;
        cell.title =
          layer.sharedWith === null ? about : l10n.t("{0}, weights shared with {1}", about, nameText(layer.sharedWith));
      },
    },
    {
      id: "parameters",
      label: l10n.t("Parameters"),
      numeric: true,
      text: ({ layer }) => countText(layer.parameters),
      sortKey: ({ layer }) => layer.parameters,
    },
    ...columns,
  ];
}

/** What each candidate comes to where all layers have it. */
function footRow({ uniform, layers }: Comparison): HTMLTableRowElement {
  const parameters = layers.reduce((total, layer) => total + layer.parameters, 0);
  return element(
    "tr",
    {},
    element("th", { class: "name", text: l10n.t("All layers alike"), attributes: { scope: "row" } }),
    element("td", { class: "numeric parameters", text: countText(parameters) }),
    ...uniform.map(footCell),
  );
}

function footCell({ sqnrDb, bytes }: ComparisonPoint, candidate: number): HTMLTableCellElement {
  const cell = element("td", { class: "numeric", text: decibelText(sqnrDb) });
  makeChoosable(cell, candidate, bytes);
  return cell;
}

function makeChoosable(cell: HTMLElement, candidate: number, bytes: number): void {
  cell.classList.add("choosable");
  cell.dataset["candidate"] = String(candidate);
  cell.tabIndex = -1;
  cell.append(element("span", { class: "bytes", text: bytesText(bytes) }));
}

function cellOf(target: EventTarget | null): HTMLTableCellElement | undefined {
  const cell = target instanceof Element ? target.closest<HTMLTableCellElement>("td.choosable") : null;
  return cell ?? undefined;
}

function candidateCells(row: HTMLTableRowElement): HTMLTableCellElement[] {
  return [...row.querySelectorAll<HTMLTableCellElement>("td.choosable")];
}

/** Undefined for the row of all layers. */
function layerOf(row: HTMLTableRowElement): number | undefined {
  const index = row.dataset["index"];
  return index === undefined ? undefined : Number(index);
}

function positionOf(cell: HTMLTableCellElement, rows: readonly HTMLTableRowElement[]): GridPosition {
  return { row: rows.findIndex((row) => row.contains(cell)), column: Number(cell.dataset["candidate"]) };
}
