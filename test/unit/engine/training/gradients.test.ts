import { describe, expect, it } from "vitest";
import { DIFFERENTIABLE } from "../../../../src/engine/training/gradients/registry";
import { GRADIENT_CASES } from "./gradient-cases";
import { gradientError } from "./finite-differences";

/** Of the largest gradient; single precision and the steps allow for 1e-4 or so. */
const TOLERANCE = 1e-3;

describe("every rule agrees with finite differences", () => {
  it.each(GRADIENT_CASES)("$name", async ({ parts, check }) => {
    expect(await gradientError(parts, check)).toBeLessThan(TOLERANCE);
  });

  it("no rule is without a case", () => {
    const covered = new Set(GRADIENT_CASES.flatMap(({ parts }) => parts.nodes.map(({ opType }) => opType)));
    expect(DIFFERENTIABLE.filter((operator) => !covered.has(operator))).toEqual([]);
  });
});
