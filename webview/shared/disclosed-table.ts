/** A table that is made where it is looked at: thousands of rows cost nothing before. */
import { element } from "./dom";

export class DisclosedTable {
  private readonly box = element("div", { class: "disclosed" });
  private readonly summary: HTMLElement;
  readonly element: HTMLDetailsElement;

  /**
   * @param id by which the page remembers that it is open
   * @param make the table; undefined where there is nothing to show
   */
  constructor(
    id: string,
    summary: string,
    private readonly make: () => HTMLElement | undefined,
  ) {
    this.summary = element("summary", { text: summary });
    this.element = element("details", {}, this.summary, this.box);
    this.element.dataset["view"] = id;
    this.element.addEventListener("toggle", () => {
      this.refresh();
    });
  }

  /** What is to be shown has changed. */
  refresh(): void {
    const table = this.element.open ? this.make() : undefined;
    this.box.replaceChildren(...(table === undefined ? [] : [table]));
  }
}
