/** Rules for one layer of a report's recipe. */
import type { Report } from "../../protocol/report";

/** A recipe's rule for a layer: settings, or `{ keep: "float" }`. */
export type LayerRule = Readonly<Record<string, unknown>>;

/** What the recipe says of all layers, as a rule: it takes a layer that was kept in float out of that. */
export function usualRule(report: Report | undefined): LayerRule {
  const weights = report?.recipe?.["weights"];
  return typeof weights === "object" && weights !== null ? { ...weights } : {};
}
