/** What the page remembers over a reload, and which layer it starts with. */
import type { ReportSnapshot } from "../../src/protocol/webview";
import { sortOf, type Sort } from "../shared/sort";
import { viewStateOf, type ViewState } from "../shared/view-state";

export interface PageState extends ViewState {
  readonly sort: Sort | null;
  /** The model that `layer` is of. */
  readonly sha256: string;
  readonly layer: number | null;
}

/** State out of what was saved, by whatever version. */
export function stateOf(saved: unknown): PageState {
  const { sort, sha256, layer }: Partial<Record<keyof PageState, unknown>> =
    typeof saved === "object" && saved !== null ? saved : {};
  return {
    ...viewStateOf(saved),
    sort: sortOf(sort),
    sha256: typeof sha256 === "string" ? sha256 : "",
    layer: typeof layer === "number" && Number.isInteger(layer) && layer >= 0 ? layer : null,
  };
}

/** The layer to start with: the extension's, the one seen last, or the one of lowest SQNR; null without layers. */
export function initialLayer(snapshot: ReportSnapshot, state: PageState): number | null {
  const { report, selectedLayer } = snapshot;
  if (selectedLayer !== null) return selectedLayer;
  if (state.layer !== null && state.sha256 === report.model.sha256 && state.layer < report.layers.length)
    return state.layer;
  return report.layers.length === 0 ? null : lowestSqnr(snapshot);
}

function lowestSqnr({ report, grades }: ReportSnapshot): number {
  const decibels = report.layers.map(({ weights }, index) =>
    grades[index] === "float" ? Infinity : (weights.sqnrDb ?? Infinity),
  );
  return decibels.indexOf(Math.min(...decibels));
}
