/** Puts a page back as its user left it, and tells when that changes. */
import type { ViewState } from "./view-state";

const SCROLL_DELAY_MS = 150;

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
