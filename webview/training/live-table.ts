/** A disclosed table whose figures change while it is read. */
import { DisclosedTable } from "../shared/disclosed-table";

export class LiveTable {
  private readonly table: DisclosedTable;
  readonly element: HTMLDetailsElement;

  constructor(id: string, summary: string, make: () => HTMLElement | undefined) {
    this.table = new DisclosedTable(id, summary, make);
    this.element = this.table.element;
  }

  /** A table that has the focus stays as it is until the focus leaves it, and one that is scrolled where it is. */
  refresh(): void {
    const shown = this.element.querySelector(".table-box");
    if (shown?.contains(document.activeElement) === true) return;
    this.table.refresh();
    const now = this.element.querySelector(".table-box");
    if (now !== null && shown !== null) now.scrollTop = shown.scrollTop;
  }
}
