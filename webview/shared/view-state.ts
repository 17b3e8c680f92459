/** What a page remembers of itself over hiding and reloading: which parts are open, and how far it is scrolled. */

export interface ViewState {
  /** Names of the parts, as their `data-view` has them. */
  readonly open: readonly string[];
  /** In pixels. */
  readonly scroll: number;
}

const SCROLL_DELAY_MS = 150;

/** Most parts that a page has, several times over. */
const MAX_OPEN = 32;

/** View state out of what was saved, by whatever version. */
export function viewStateOf(saved: unknown): ViewState {
  const { open, scroll }: Partial<Record<keyof ViewState, unknown>> =
    typeof saved === "object" && saved !== null ? saved : {};
  return {
    open: Array.isArray(open) ? open.filter((name) => typeof name === "string").slice(0, MAX_OPEN) : [],
    scroll: typeof scroll === "number" && scroll > 0 && Number.isFinite(scroll) ? scroll : 0,
  };
}

/** Opens and scrolls what is shown as it was left. */
export function restoreView(root: HTMLElement, { open, scroll }: ViewState): void {
  for (const part of partsOf(root)) part.open = open.includes(part.dataset["view"] ?? "");
  requestAnimationFrame(() => {
    window.scrollTo({ top: scroll, behavior: "instant" });
  });
}

/** Calls back with the view whenever the user has opened, closed or scrolled something. */
export function onViewChange(root: HTMLElement, listener: (view: ViewState) => void): void {
  const tell = (): void => {
    const open = partsOf(root).flatMap((part) => (part.open ? [part.dataset["view"] ?? ""] : []));
    listener({ open, scroll: window.scrollY });
  };
  root.addEventListener("toggle", tell, { capture: true });
  let timer: ReturnType<typeof setTimeout> | undefined;
  window.addEventListener(
    "scroll",
    () => {
      clearTimeout(timer);
      timer = setTimeout(tell, SCROLL_DELAY_MS);
    },
    { passive: true },
  );
}

function partsOf(root: HTMLElement): HTMLDetailsElement[] {
  return [...root.querySelectorAll<HTMLDetailsElement>("details[data-view]")];
}
