import { describe, expect, it } from "vitest";
import { csvSeparator, isCsvHeader, parseCsvLine } from "../../../../src/engine/data/csv";
import {
  allocateElements,
  elementBytes,
  readElements,
  writeElements,
  type ElementType,
} from "../../../../src/engine/data/element-types";
import { isIdx, parseIdxHeader } from "../../../../src/engine/data/idx";
import { npyHeaderBytes, parseNpyHeader } from "../../../../src/engine/data/npy";
import { fromFloat16, toFloat16 } from "../../../../src/engine/onnx/half";
import { errorOf, npyFile } from "./samples";

describe(".npy headers", () => {
  it.each([1, 2, 3])("reads version %i", (version) => {
    const file = npyFile("<f4", [2, 3], new Uint8Array(24), { version });
    const length = npyHeaderBytes(file);
    expect(parseNpyHeader(file.subarray(0, length))).toEqual({
      type: "float32",
      littleEndian: true,
      dims: [2, 3],
      dataOffset: length,
    });
    expect(file.length - length).toBe(24);
  });

  it.each([
    ["|u1", "uint8", true],
    ["|b1", "bool", true],
    [">f2", "float16", false],
    ["=f8", "float64", true],
    [">i8", "int64", false],
    ["<u8", "uint64", true],
  ])("reads type %s", (descr, type, littleEndian) => {
    expect(parseNpyHeader(npyFile(descr, [], new Uint8Array(8)))).toMatchObject({ type, littleEndian, dims: [] });
  });

  it.each([["<c8"], ["<U4"], ["|O"], ["[('a', '<f4')]"]])("refuses type %s by name", (descr) => {
    const error = errorOf(() => parseNpyHeader(npyFile(descr, [2], new Uint8Array(16))));
    expect(error.code).toBe("data-invalid");
    expect(error.problem).toMatch(/element type is/);
  });

  it("refuses Fortran order where it matters, and takes it where it does not", () => {
    expect(
      errorOf(() => parseNpyHeader(npyFile("<f4", [2, 3], new Uint8Array(24), { fortran: true }))).problem,
    ).toMatch(/Fortran/);
    expect(parseNpyHeader(npyFile("<f4", [1, 3], new Uint8Array(12), { fortran: true })).dims).toEqual([1, 3]);
  });

  it("refuses other files, unknown versions and headers without end", () => {
    const file = npyFile("<f4", [2], new Uint8Array(8));
    expect(errorOf(() => npyHeaderBytes(new Uint8Array(3))).problem).toMatch(/not an .npy file/);
    expect(errorOf(() => npyHeaderBytes(file.with(6, 9))).problem).toMatch(/version 9/);
    const long = npyFile("<f4", [2], new Uint8Array(8), { version: 2 }).with(11, 0x7f);
    expect(errorOf(() => npyHeaderBytes(long)).problem).toMatch(/header declares \d+ bytes, more than 10000/);
  });
});

describe("elements", () => {
  const cases: readonly (readonly [ElementType, readonly number[]])[] = [
    ["float16", [0, -0.5, 65504, 2 ** -24]],
    ["float32", [0, -1.5, 2 ** 100]],
    ["float64", [0, 1 / 3, -1e300]],
    ["int8", [-128, 127]],
    ["uint8", [0, 255]],
    ["int16", [-32768, 32767]],
    ["uint16", [0, 65535]],
    ["int32", [-(2 ** 31), 2 ** 31 - 1]],
    ["uint32", [0, 2 ** 32 - 1]],
    ["int64", [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]],
    ["uint64", [0, Number.MAX_SAFE_INTEGER]],
    ["bool", [0, 1]],
  ];

  it.each(cases)("%s survives in both byte orders", (type, values) => {
    const stored = allocateElements(type, values.length);
    writeElements(type, Float64Array.from(values), stored, 0);
    const bytes = new Uint8Array(stored.buffer);
    const target = new Float64Array(values.length);
    readElements(type, bytes, true, target);
    expect([...target]).toEqual(values);
    const size = elementBytes(type);
    const swapped = Uint8Array.from(bytes, (_, i) => bytes[i - (i % size) + size - 1 - (i % size)]);
    readElements(type, swapped, false, target);
    expect([...target]).toEqual(values);
  });

  it("marks 64-bit integers that a double does not hold", () => {
    const target = new Float64Array(2);
    readElements("int64", new Uint8Array(BigInt64Array.of(2n ** 53n, -(2n ** 60n)).buffer), true, target);
    expect([...target]).toEqual([NaN, NaN]);
  });

  it("rounds to half precision as IEEE 754 does, and every half survives", () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromFloat16(bits);
      if (Number.isNaN(value)) continue;
      if (toFloat16(value) !== bits) throw new Error(`${bits}: ${value} became ${toFloat16(value)}`);
    }
    const unit = 2 ** -10;
    expect(fromFloat16(toFloat16(1 + unit / 2))).toBe(1);
    expect(fromFloat16(toFloat16(1 + 1.5 * unit))).toBe(1 + 2 * unit);
    expect(fromFloat16(toFloat16(1 + 0.6 * unit))).toBe(1 + unit);
    expect(fromFloat16(toFloat16(2 - unit / 4))).toBe(2);
    expect(toFloat16(65519)).toBe(0x7bff);
    expect(toFloat16(65520)).toBe(0x7c00);
    expect(toFloat16(2 ** -25)).toBe(0);
    expect(toFloat16(NaN)).toBe(0x7e00);
  });
});

describe("IDX headers", () => {
  const header = [0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 28, 0, 0, 0, 28];

  it("reads sizes and type", () => {
    expect(parseIdxHeader(Uint8Array.from([...header, 1, 2]))).toEqual({
      type: "uint8",
      littleEndian: false,
      dims: [5, 28, 28],
      dataOffset: 16,
    });
  });

  it("refuses unknown types and headers that end too soon", () => {
    expect(isIdx(Uint8Array.from([0, 0, 7, 3]))).toBe(false);
    expect(isIdx(Uint8Array.from([0, 0]))).toBe(false);
    expect(errorOf(() => parseIdxHeader(Uint8Array.from(header.slice(0, 10)))).code).toBe("data-invalid");
  });
});

describe("CSV lines", () => {
  it.each([
    ["1,2.5,-3e2", ","],
    ["1;2.5;-3e2", ";"],
    ['1\t"2.5"\t -3e2', "\t"],
  ])("reads %s", (line, separator) => {
    const target = new Float64Array(3);
    expect(csvSeparator(line)).toBe(separator);
    parseCsvLine(line, separator, target, 1);
    expect([...target]).toEqual([1, 2.5, -300]);
  });

  it("tells a header from a sample", () => {
    expect(isCsvHeader("label,pixel0", ",")).toBe(true);
    expect(isCsvHeader("1,nan", ",")).toBe(false);
  });

  it("names line and field of what is no number", () => {
    const target = new Float64Array(2);
    expect(errorOf(() => parseCsvLine("1,x", ",", target, 7)).problem).toBe(
      'line 7, field 2 is "x", expected a number',
    );
    expect(errorOf(() => parseCsvLine("1,", ",", target, 7)).problem).toMatch(/field 2 is ""/);
    expect(errorOf(() => parseCsvLine("1", ",", target, 7)).problem).toMatch(/line 7 has 1 fields, expected 2/);
  });
});
