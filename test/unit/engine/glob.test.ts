import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesGlob } from "../../../src/engine/glob";

describe("matchesGlob", () => {
  it.each([
    ["*", "/features/0/Conv", true],
    ["/features/*", "/features/0/Conv", true],
    ["/features/*", "/classifier/Gemm", false],
    ["conv?", "conv1", true],
    ["conv?", "conv10", false],
    ["*.weight", "a.b.weight", true],
    ["a*b*c", "aXbYbZc", true],
    ["a*b*c", "aXbYbZ", false],
    ["", "", true],
    ["", "a", false],
    ["**", "", true],
    ["Conv", "conv", false],
    ["*a", "*a", true],
  ])("%j on %j: %j", (pattern, name, expected) => {
    expect(matchesGlob(pattern, name)).toBe(expected);
  });

  it("agrees with the regular expression of the same meaning", () => {
    const letters = (characters: string) =>
      fc.string({ unit: fc.constantFrom(...characters.split("")), maxLength: 12 });
    fc.assert(
      fc.property(letters("ab*?"), letters("ab"), (pattern, name) => {
        const expression = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
        expect(matchesGlob(pattern, name)).toBe(expression.test(name));
      }),
      { numRuns: 2000 },
    );
  });

  it("answers hostile patterns on long names", () => {
    expect(matchesGlob(`${"*a".repeat(200)}b`, "a".repeat(10_000))).toBe(false);
  });
});
