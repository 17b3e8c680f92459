import { afterEach, expect, test } from "vitest";
import {
  axisText,
  bytesText,
  countText,
  decibelText,
  figureText,
  gainText,
  nameText,
  percentText,
  shapeText,
  shortened,
  sqnrText,
  writeNumbersIn,
} from "../../../webview/shared/format";

afterEach(() => {
  writeNumbersIn("en");
});

test("names are bounded and carry no control or direction characters", () => {
  expect(nameText("")).toBe("(no name)");
  expect(nameText("a\u202eb\u0000")).toBe("a\\u{202e}b\\u{0}");
  expect(nameText("x".repeat(10_000)).length).toBeLessThan(100);
});

test("bytes are exact while small", () => {
  expect([0, 1023, 1024, 15_360, 3_500_000].map(bytesText)).toEqual([
    "0 B",
    "1023 B",
    "1.00 KiB",
    "15.0 KiB",
    "3.34 MiB",
  ]);
});

test("figures keep four digits, minus signs are as wide as digits", () => {
  expect([0, 0.123456, -1.5, 1e-5, 123456].map(figureText)).toEqual(["0", "0.1235", "−1.5", "1.00e−5", "1.23e+5"]);
});

test("a share that is not zero is not shown as zero", () => {
  expect([0, 0.0001, 0.5, 1].map(percentText)).toEqual(["0 %", "< 0.1 %", "50.0 %", "100.0 %"]);
});

test("no noise is exact, not infinite", () => {
  expect(decibelText(null)).toBe("exact");
  expect(decibelText(-3.14)).toBe("−3.1 dB");
});

test("shapes may hold symbolic sizes", () => {
  expect(shapeText(["N", 3, 32])).toBe("N×3×32");
  expect(shapeText([])).toBe("scalar");
});

test("axis positions share their number of decimals, and zero has no sign", () => {
  const text = axisText(-1.8, 1.8);
  expect([-1.8, -0.01, 0.5].map(text)).toEqual(["−1.8", "0.0", "0.5"]);
  expect(axisText(0, 1e-9)(5e-10)).toBe("5.0e−10");
  expect(axisText(2, 2)(2)).toBe("2");
});

test("long names keep their end", () => {
  expect(shortened("/model/stage1/conv", 8)).toBe("…e1/conv");
  expect(shortened("conv", 8)).toBe("conv");
});

test("gains carry their sign", () => {
  expect([3.14, 0, -2, null].map(gainText)).toEqual(["+3.1 dB", "+0.0 dB", "\u22122.0 dB", ""]);
});

test("numbers have the separators of the page's language", () => {
  writeNumbersIn("de");
  expect(countText(1_234_567)).toBe("1.234.567");
  expect([bytesText(15_872), percentText(0.123), percentText(0.0001)]).toEqual(["15,5 KiB", "12,3 %", "< 0,1 %"]);
  expect([decibelText(-3.14), gainText(2), figureText(1e-5)]).toEqual(["−3,1 dB", "+2,0 dB", "1,00e−5"]);
  expect(axisText(-1.8, 1.8)(0.5)).toBe("0,5");
});

test("a ratio without a signal is not exact", () => {
  const texts = [
    { sqnrDb: null, exact: true },
    { sqnrDb: null, exact: false },
    { sqnrDb: 42.12, exact: false },
  ].map(sqnrText);
  expect(texts).toEqual(["exact", "undefined", "42.1 dB"]);
});
