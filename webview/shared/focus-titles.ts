/** Shows the title of whatever has the keyboard's focus, as the pointer's hover does; Escape hides it. */
import { element } from "./dom";

const GAP = 6;

export function showTitlesOnFocus(): void {
  // Screen readers read the title itself.
  const popup = element("div", { class: "focus-title", attributes: { "aria-hidden": "true" } });
  popup.hidden = true;
  document.body.append(popup);
  document.addEventListener("focusin", ({ target }) => {
    popup.hidden = !(target instanceof HTMLElement && target.matches(":focus-visible") && saysMore(target));
    if (popup.hidden || !(target instanceof HTMLElement)) return;
    popup.textContent = target.title;
    place(popup, target.getBoundingClientRect());
  });
  const hide = (): void => {
    popup.hidden = true;
  };
  document.addEventListener("focusout", hide);
  document.addEventListener("scroll", hide, { capture: true, passive: true });
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") hide();
  });
}

/** A title that repeats a text is shown where the text is cut off. */
function saysMore(target: HTMLElement): boolean {
  if (target.title === "") return false;
  return target.title !== target.textContent || target.scrollWidth > target.clientWidth;
}

function place(popup: HTMLElement, anchor: DOMRect): void {
  const { width, height } = popup.getBoundingClientRect();
  const left = Math.max(GAP, Math.min(anchor.left, window.innerWidth - width - GAP));
  const below = anchor.bottom + GAP;
  const top = below + height > window.innerHeight ? Math.max(GAP, anchor.top - height - GAP) : below;
  popup.style.left = `${left}px`;
  popup.style.top = `${top}px`;
}
