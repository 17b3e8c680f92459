/** What the page remembers over a reload: where the reports are, how layers are sorted, how far the page is scrolled. */
import type { ComparedSources } from "../../src/protocol/report-comparison-page";
import { sortOf, type Sort } from "../shared/sort";

export interface PageState {
  /** The extension's to read. */
  readonly sources: ComparedSources | null;
  readonly sort: Sort | null;
}

/** The page's own choices out of what was saved, by whatever version. */
export function stateOf(saved: unknown): PageState {
  const { sort }: { sort?: unknown } = typeof saved === "object" && saved !== null ? saved : {};
  return { sources: null, sort: sortOf(sort) };
}
