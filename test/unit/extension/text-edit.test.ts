import fc from "fast-check";
import { expect, test } from "vitest";
import { changeBetween } from "../../../src/extension/text-edit";

test("the change between two texts makes the one of the other", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 12 });
  fc.assert(
    fc.property(text, text, (before, after) => {
      const { start, end, text: inserted } = changeBetween(before, after);
      expect(before.slice(0, start) + inserted + before.slice(end)).toBe(after);
      expect(end).toBeGreaterThanOrEqual(start);
    }),
  );
});

test("no more than what differs is changed", () => {
  expect(changeBetween("[1, 2, 3]", "[1, 25, 3]")).toEqual({ start: 5, end: 5, text: "5" });
  expect(changeBetween("same", "same")).toEqual({ start: 4, end: 4, text: "" });
});
