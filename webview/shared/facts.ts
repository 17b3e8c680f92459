import type { Definition } from "../../src/protocol/definitions";
import { defined, type Defined } from "./definitions";
import { element } from "./dom";

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** A second, quieter line. */
  readonly note?: string;
  readonly title?: string;
  /** What the label means. */
  readonly definition?: Defined;
  /** Shown with it. */
  readonly moreDefinitions?: readonly Definition[];
}

/** Labels and values as a definition list. */
export function factList(facts: readonly Fact[], className = "facts"): HTMLElement {
  const list = element("dl", { class: className });
  for (const fact of facts) {
    const value = element("dd", { text: fact.value });
    if (fact.title !== undefined) value.title = fact.title;
    if (fact.note !== undefined) value.append(element("span", { class: "note", text: fact.note }));
    const { label, definition, moreDefinitions } = fact;
    const name =
      definition === undefined ? document.createTextNode(label) : defined(label, definition, moreDefinitions);
    list.append(element("div", {}, element("dt", {}, name), value));
  }
  return list;
}
