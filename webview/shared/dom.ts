/** Elements made from text only: names come out of hostile models, so nothing here parses HTML. */

export interface ElementOptions {
  readonly class?: string;
  readonly text?: string;
  readonly title?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  options: ElementOptions = {},
  ...children: readonly Node[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  describe(made, options);
  made.append(...children);
  return made;
}

/** Sets class, text, title and attributes of an element, custom ones included. */
export function describe(target: HTMLElement, options: ElementOptions): void {
  if (options.class !== undefined) target.className = options.class;
  if (options.text !== undefined) target.textContent = options.text;
  if (options.title !== undefined) target.title = options.title;
  for (const [name, value] of Object.entries(options.attributes ?? {})) target.setAttribute(name, value);
}

/** The page's root element. */
export function pageRoot(): HTMLElement {
  const root = document.getElementById("page");
  if (root === null) throw new Error("the document has no #page");
  return root;
}
