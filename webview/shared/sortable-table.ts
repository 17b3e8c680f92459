/**
 * A native table whose headings sort and whose rows can be selected. Each row's name is a button; one of them is in the tab
 * order, the arrow keys move among them.
 */
import * as l10n from "@vscode/l10n";
import type { DefinitionId } from "../../src/protocol/definitions";
import { definitionsButton, glossaryEntry } from "./definitions";
import { element } from "./dom";
import { moved } from "./keys";
import { sortedOrder, toggled, type Sort, type SortKey } from "./sort";

export interface Column<Row> {
  readonly id: string;
  readonly label: string;
  /** Longer explanation of the heading; that of its definition, where it is left out. */
  readonly title?: string;
  readonly definition?: DefinitionId;
  readonly numeric?: boolean;
  text(row: Row): string;
  sortKey(row: Row): SortKey;
  /** Adds to a cell what text alone cannot show. */
  decorate?(cell: HTMLElement, row: Row): void;
}

export interface TableOptions<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** The column whose cells name the rows. */
  readonly nameColumn: string;
  readonly sort?: Sort | null;
  readonly onSort?: (sort: Sort) => void;
  /** The page bounds its height: its edge shows that it scrolls. */
  readonly framed?: boolean;
  /** Rows after the others, which sorting leaves where they are. */
  readonly foot?: HTMLTableSectionElement;
  /** Without it rows cannot be selected. */
  readonly onSelect?: (index: number) => void;
}

export class SortableTable<Row> {
  /** The table in a box that scrolls. */
  readonly element: HTMLElement;
  readonly table = element("table", { class: "table" });
  private readonly body = element("tbody");
  private readonly rows: HTMLTableRowElement[] = [];
  private readonly headings = new Map<string, HTMLTableCellElement>();
  private order: number[];
  private sort: Sort | null = null;
  private selected = -1;

  constructor(private readonly options: TableOptions<Row>) {
    this.order = options.rows.map((_, index) => index);
    this.element = element("div", { class: options.framed === true ? "table-box framed" : "table-box" }, this.table);
    this.table.append(this.caption(), this.head(), this.body);
    const fragment = document.createDocumentFragment();
    options.rows.forEach((row, index) => {
      const made = this.row(row, index);
      this.rows.push(made);
      fragment.append(made);
    });
    this.body.append(fragment);
    if (options.foot !== undefined) this.table.append(options.foot);
    if (options.onSelect !== undefined) this.listen(options.onSelect);
    this.moveTabStop(0);
    if (options.sort !== undefined && options.sort !== null && this.headings.has(options.sort.column))
      this.sortBy(options.sort);
  }

  /** Indices of the rows from top to bottom. */
  get shownOrder(): readonly number[] {
    return this.order;
  }

  /** Marks a row and scrolls the table to it; -1 marks none. */
  select(index: number): void {
    this.buttonOf(this.selected)?.removeAttribute("aria-current");
    this.rows[this.selected]?.classList.remove("selected");
    this.selected = index;
    const row = this.rows.at(index);
    if (index < 0 || row === undefined) return;
    row.classList.add("selected");
    this.buttonOf(index)?.setAttribute("aria-current", "true");
    this.moveTabStop(index);
    this.scrollTo(row);
  }

  /** Scrolls the box alone: the charts above it stay where they are. */
  private scrollTo(row: HTMLTableRowElement): void {
    const box = this.element;
    const head = this.table.tHead?.offsetHeight ?? 0;
    const overlap = row.offsetTop - head - box.scrollTop;
    const beyond = row.offsetTop + row.offsetHeight - box.scrollTop - box.clientHeight;
    if (overlap < 0) box.scrollTop += overlap;
    else if (beyond > 0) box.scrollTop += beyond;
  }

  /** With what the columns mean, where that is defined. */
  private caption(): HTMLElement {
    const { caption, columns } = this.options;
    const made = element("caption", { text: caption });
    const defined = columns.flatMap(({ definition }) => (definition === undefined ? [] : [definition]));
    if (defined.length === 0) return made;
    this.table.setAttribute("aria-label", caption);
    made.append(definitionsButton(l10n.t("What the columns mean"), [...new Set(defined)].map(glossaryEntry)));
    return made;
  }

  private head(): HTMLTableSectionElement {
    const row = element("tr");
    for (const column of this.options.columns) {
      const button = element("button", { class: "sort", text: column.label, attributes: { type: "button" } });
      const title = column.title ?? (column.definition && glossaryEntry(column.definition).meaning);
      if (title !== undefined) button.title = title;
      button.addEventListener("click", () => {
        this.sortBy(toggled(this.sort, column.id));
        if (this.sort !== null) this.options.onSort?.(this.sort);
      });
      const heading = element(
        "th",
        { class: cellClass(column), attributes: { scope: "col", "aria-sort": "none" } },
        button,
      );
      this.headings.set(column.id, heading);
      row.append(heading);
    }
    return element("thead", {}, row);
  }

  private row(row: Row, index: number): HTMLTableRowElement {
    const made = element("tr");
    made.dataset["index"] = String(index);
    for (const column of this.options.columns) {
      const text = column.text(row);
      const names = column.id === this.options.nameColumn;
      const cell = names ? element("th", { attributes: { scope: "row" } }) : element("td");
      cell.className = cellClass(column);
      if (names && this.options.onSelect !== undefined) {
        cell.append(
          element("button", { class: "name", text, title: text, attributes: { type: "button", tabindex: "-1" } }),
        );
      } else {
        cell.textContent = text;
        if (names) cell.title = text;
      }
      column.decorate?.(cell, row);
      made.append(cell);
    }
    return made;
  }

  private sortBy(sort: Sort): void {
    const column = this.options.columns.find((candidate) => candidate.id === sort.column);
    if (column === undefined) return;
    this.sort = sort;
    this.order = sortedOrder(
      this.options.rows.map((row) => column.sortKey(row)),
      sort.direction,
    );
    for (const [id, heading] of this.headings) heading.ariaSort = id === sort.column ? sort.direction : "none";
    this.body.append(...this.order.map((index) => this.rows[index]));
    if (this.selected < 0) this.moveTabStop(this.order[0] ?? 0);
  }

  private listen(onSelect: (index: number) => void): void {
    this.table.classList.add("selectable");
    this.body.addEventListener("click", (event) => {
      const row = event.target instanceof Element ? event.target.closest("tr") : null;
      if (row?.dataset["index"] !== undefined) onSelect(Number(row.dataset["index"]));
    });
    this.body.addEventListener("keydown", (event) => {
      const row = event.target instanceof Element ? event.target.closest("tr") : null;
      if (row?.dataset["index"] === undefined) return;
      const at = this.order.indexOf(Number(row.dataset["index"]));
      const next = moved(event.key, at, this.order.length - 1);
      if (next === undefined) return;
      event.preventDefault();
      const index = this.order[next];
      this.moveTabStop(index);
      this.buttonOf(index)?.focus({ preventScroll: true });
      onSelect(index);
    });
  }

  private moveTabStop(index: number): void {
    this.body.querySelector("button.name[tabindex='0']")?.setAttribute("tabindex", "-1");
    this.buttonOf(index)?.setAttribute("tabindex", "0");
  }

  private buttonOf(index: number): HTMLButtonElement | null {
    return this.rows[index]?.querySelector<HTMLButtonElement>("button.name") ?? null;
  }
}

function cellClass(column: { readonly id: string; readonly numeric?: boolean }): string {
  return column.numeric === true ? `numeric ${column.id}` : column.id;
}
