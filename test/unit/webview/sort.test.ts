import { expect, test } from "vitest";
import { sortOf, sortedOrder, toggled } from "../../../webview/shared/sort";

test("rows without a value come last in either direction", () => {
  const keys = [3, null, 1, Infinity, 2];
  expect(sortedOrder(keys, "ascending")).toEqual([2, 4, 0, 3, 1]);
  expect(sortedOrder(keys, "descending")).toEqual([3, 0, 4, 2, 1]);
});

test("equal rows keep their order", () => {
  expect(sortedOrder([1, 0, 1, 0], "ascending")).toEqual([1, 3, 0, 2]);
  expect(sortedOrder([1, 0, 1, 0], "descending")).toEqual([0, 2, 1, 3]);
});

test("names count: conv2 before conv10", () => {
  expect(sortedOrder(["conv10", "conv2", "conv1"], "ascending")).toEqual([2, 1, 0]);
});

test("a second click turns the order round", () => {
  const first = toggled(null, "sqnr");
  expect(first).toEqual({ column: "sqnr", direction: "ascending" });
  expect(toggled(first, "sqnr").direction).toBe("descending");
  expect(toggled(toggled(first, "sqnr"), "sqnr").direction).toBe("ascending");
  expect(toggled(first, "name")).toEqual({ column: "name", direction: "ascending" });
});

test("saved state of another form is no sort", () => {
  expect(sortOf({ column: "a", direction: "descending" })).toEqual({ column: "a", direction: "descending" });
  for (const saved of [
    undefined,
    null,
    1,
    "x",
    {},
    { column: 1, direction: "ascending" },
    { column: "a", direction: "up" },
  ]) {
    expect(sortOf(saved)).toBeNull();
  }
});
