import { element, explained } from "./dom";

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** A second, quieter line. */
  readonly note?: string;
  readonly title?: string;
  /** What the label means. */
  readonly explanation?: string;
}

/** Labels and values as a definition list. */
export function factList(facts: readonly Fact[], className = "facts"): HTMLElement {
  const list = element("dl", { class: className });
  for (const fact of facts) {
    const value = element("dd", { text: fact.value });
    if (fact.title !== undefined) value.title = fact.title;
    if (fact.note !== undefined) value.append(element("span", { class: "note", text: fact.note }));
    const { label, explanation } = fact;
    const name = explanation === undefined ? document.createTextNode(label) : explained(label, explanation);
    list.append(element("div", {}, element("dt", {}, name), value));
  }
  return list;
}
