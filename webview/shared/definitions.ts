/** The glossary: what a figure means, where its name is pressed. */
import * as l10n from "@vscode/l10n";
import { definitionOf, type Definition, type DefinitionId } from "../../src/protocol/definitions";
import { element } from "./dom";

/** Of the glossary, or of one page alone, in its language already. */
export type Defined = DefinitionId | Definition;

/** An entry of the glossary in the page's language; formulas have words too. */
export function translated({ term, formula, meaning, ...others }: Definition): Definition {
  const spoken = formula === undefined ? {} : { formula: l10n.t(formula) };
  return { term: l10n.t(term), ...spoken, meaning: l10n.t(meaning), ...others };
}

export function glossaryEntry(id: DefinitionId): Definition {
  return translated(definitionOf(id));
}

/** The name of a figure as a button that shows its definition. @param more definitions that are shown with it */
export function defined(text: string, of: Defined, more: readonly Definition[] = []): HTMLElement {
  const definition = typeof of === "string" ? glossaryEntry(of) : of;
  const made = element("button", {
    class: "explained",
    text,
    title: definition.meaning,
    attributes: { type: "button", "aria-haspopup": "dialog" },
  });
  made.addEventListener("click", () => {
    showDefinitions(made, definition.term, [definition, ...more]);
  });
  return made;
}

/** A button that shows what several figures mean, for the columns of a table. */
export function definitionsButton(text: string, definitions: readonly Definition[]): HTMLElement {
  const made = element("button", {
    class: "explained",
    text,
    attributes: { type: "button", "aria-haspopup": "dialog" },
  });
  made.addEventListener("click", () => {
    showDefinitions(made, text, definitions);
  });
  return made;
}

/** Opens a dialog over the page; closing it leads back to what was pressed. */
function showDefinitions(from: HTMLElement, title: string, definitions: readonly Definition[]): void {
  const close = element("button", { class: "link", text: l10n.t("Close"), attributes: { type: "button" } });
  const [first, ...others] = definitions;
  const isOne = others.length === 0 && first.term === title;
  const content = isOne
    ? element("div", {}, ...linesOf(first, "p"))
    : element("dl", {}, ...definitions.flatMap((definition) => definitionNodes(definition)));
  const dialog = element(
    "dialog",
    { class: "definitions", attributes: { "aria-label": title } },
    element("h2", { text: title }),
    content,
    close,
  );
  const finish = (): void => {
    dialog.close();
  };
  close.addEventListener("click", finish);
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog) finish();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    from.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}

function definitionNodes(definition: Definition): HTMLElement[] {
  return [element("dt", { text: definition.term }), ...linesOf(definition, "dd")];
}

function linesOf({ formula, meaning, source }: Definition, tag: "dd" | "p"): HTMLElement[] {
  return [
    ...(formula === undefined ? [] : [element(tag, {}, element("code", { text: formula }))]),
    element(tag, { text: meaning }),
    ...(source === undefined ? [] : [element(tag, { class: "quiet", text: source })]),
  ];
}
