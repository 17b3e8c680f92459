/** What the page remembers over hiding and reloading: what is chosen and shown of one comparison. */
import { QUANTITIES, type EqualizationComparison, type Quantity } from "../../src/protocol/equalization-comparison";
import { bestOutcome, outcomesOf } from "./outcomes";

export interface PageState {
  readonly sha256: string;
  readonly quantity: Quantity;
  /** Index of the selected layer; -1 where none is. */
  readonly layer: number;
  /** Index among the outcomes. */
  readonly outcome: number;
  /** The table of layers is open. */
  readonly isOpen: boolean;
}

/** The state for a comparison, out of what any version saved for this or another one. */
export function stateFor(comparison: EqualizationComparison, saved: unknown): PageState {
  const outcomes = outcomesOf(comparison);
  const { sha256 } = comparison.model;
  const known: Partial<Record<keyof PageState, unknown>> =
    typeof saved === "object" && saved !== null && "sha256" in saved && saved.sha256 === sha256 ? saved : {};
  return {
    sha256,
    quantity: QUANTITIES.find((quantity) => quantity === known.quantity) ?? "both",
    layer: isIndex(known.layer, comparison.layers.length) ? known.layer : -1,
    outcome: isIndex(known.outcome, outcomes.length) ? known.outcome : bestOutcome(outcomes),
    isOpen: known.isOpen === true,
  };
}

function isIndex(value: unknown, length: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < length;
}
