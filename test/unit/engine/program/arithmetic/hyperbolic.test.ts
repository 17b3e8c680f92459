import { describe, expect, it } from "vitest";
import { integerSigmoid, integerTanh, TANH_TABLE } from "../../../../../src/engine/program/arithmetic/hyperbolic";

const ONE = 2 ** 16;
/** More than the ends, in steps that fall on every fraction of a table's intervals. */
const ARGUMENTS = Array.from({ length: 80_000 }, (_, i) => (i - 40_000) * 29);

describe("integer tanh and sigmoid", () => {
  it("are off by at most 2 steps", () => {
    const worst = (own: (argument: number) => number, exact: (x: number) => number) =>
      Math.max(...ARGUMENTS.map((argument) => Math.abs(own(argument) - exact(argument / ONE))));
    expect(worst(integerTanh, (x) => 2 ** 15 * Math.tanh(x))).toBeLessThan(2);
    expect(worst(integerSigmoid, (x) => ONE / (1 + Math.exp(-x)))).toBeLessThan(2);
  });

  it("never fall, and are symmetric", () => {
    for (const [i, argument] of ARGUMENTS.entries()) {
      expect(integerTanh(-argument) + integerTanh(argument)).toBe(0);
      expect(integerSigmoid(-argument) + integerSigmoid(argument)).toBe(ONE);
      if (i > 0) expect(integerTanh(argument)).toBeGreaterThanOrEqual(integerTanh(ARGUMENTS[i - 1]));
    }
  });

  it("stay within 16 bits at the ends of 32", () => {
    expect([integerTanh(-(2 ** 31)), integerTanh(2 ** 31 - 1)]).toEqual([-32767, 32767]);
    expect([integerSigmoid(-(2 ** 31)), integerSigmoid(2 ** 31 - 1)]).toEqual([1, 65535]);
    expect([TANH_TABLE[0], TANH_TABLE.at(-1)]).toEqual([0, 32767]);
  });
});
