/** What a page remembers of itself over hiding and reloading. */

/** Which parts are open, and how far it is scrolled. */
export interface ViewState {
  /** Names of the parts, as their `data-view` has them. */
  readonly open: readonly string[];
  /** In pixels. */
  readonly scroll: number;
}

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
