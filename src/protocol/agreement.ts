/** How far an operation in integers is known to equal ONNX Runtime's, and how that is said. */

export interface Agreement {
  /** What was compared: accumulator values of all channels, pairs of codes, or entries of a table. */
  readonly checked: "accumulators" | "pairs" | "codes" | "none";
  /** Largest difference in codes that can occur; 0 is a proof of equality, null is unknown. */
  readonly difference: number | null;
  /** How many channels, pairs or codes differ. */
  readonly differing: number;
}

const COUNTED = { accumulators: "output channels", pairs: "pairs of codes", codes: "codes", none: "codes" } as const;

/** One sentence. */
export function agreementText({ checked, difference, differing }: Agreement): string {
  if (difference === null) return "Not compared with ONNX Runtime.";
  if (difference === 0) return "Proved equal to ONNX Runtime.";
  if (checked === "none" || differing === 0) return `Within ${difference} of ONNX Runtime.`;
  return `Within ${difference} of ONNX Runtime, which it differs from in ${differing} ${COUNTED[checked]}.`;
}

/** Short form for tables. */
export function agreementCell({ difference }: Agreement): string {
  if (difference === null) return "not compared";
  return difference === 0 ? "equal" : `within ${difference}`;
}
