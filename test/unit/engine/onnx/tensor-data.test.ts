import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  type TensorProto,
} from "onnx-buf";
import { describe, expect, it } from "vitest";
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "../../../../src/engine/onnx/half";
import { checkedElementCount, decodeFloatTensor, decodeIntegers } from "../../../../src/engine/onnx/tensor-data";
import { BitwrightError } from "../../../../src/protocol/errors";
import { floatTensor, int64Tensor, sourceOf } from "./model-builder";

const source = sourceOf(new Uint8Array(0), "m.onnx", { "w.bin": new Uint8Array(Float32Array.of(0, 1, 2, 3).buffer) });

function tensor(init: MessageInitShape<typeof TensorProtoSchema>): TensorProto {
  return create(TensorProtoSchema, { name: "w", ...init });
}

function raw(dataType: DataType, data: ArrayBufferView<ArrayBuffer>, dims: readonly number[]): TensorProto {
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return tensor({ dataType, dims: dims.map(BigInt), rawData });
}

function values(proto: TensorProto): number[] {
  return [...decodeFloatTensor(proto, source).values];
}

function failure(work: () => unknown): { code: string; message: string } {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof BitwrightError) return { code: thrown.code, message: thrown.message };
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

/** 1, -2, 65504, the smallest subnormal, infinity. */
const HALVES = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00];
const HALF_VALUES = [1, -2, 65504, 2 ** -24, Infinity];
/** 1, -2, 0.5, infinity. */
const BRAINS = [0x3f80, 0xc000, 0x3f00, 0x7f80];
const BRAIN_VALUES = [1, -2, 0.5, Infinity];

describe("decodeFloatTensor", () => {
  it("reads every float type from raw data", () => {
    expect(values(raw(DataType.FLOAT, Float32Array.of(1.5, -2), [2]))).toEqual([1.5, -2]);
    expect(values(raw(DataType.DOUBLE, Float64Array.of(1.5, -2), [2]))).toEqual([1.5, -2]);
    expect(values(raw(DataType.FLOAT16, Uint16Array.from(HALVES), [5]))).toEqual(HALF_VALUES);
    expect(values(raw(DataType.BFLOAT16, Uint16Array.from(BRAINS), [4]))).toEqual(BRAIN_VALUES);
  });

  it("reads every float type from its typed field", () => {
    expect(values(tensor({ dataType: DataType.FLOAT, dims: [2n], floatData: [1.5, -2] }))).toEqual([1.5, -2]);
    expect(values(tensor({ dataType: DataType.DOUBLE, dims: [2n], doubleData: [1.5, -2] }))).toEqual([1.5, -2]);
    expect(values(tensor({ dataType: DataType.FLOAT16, dims: [5n], int32Data: HALVES }))).toEqual(HALF_VALUES);
    expect(values(tensor({ dataType: DataType.BFLOAT16, dims: [4n], int32Data: BRAINS }))).toEqual(BRAIN_VALUES);
  });

  it("agrees with the platform on every half-precision number", () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, index) => index);
    const decoded = decodeFloatTensor(raw(DataType.FLOAT16, bits, [65536]), source).values;
    const view = new DataView(bits.buffer);
    const expected = Float32Array.from({ length: 65536 }, (_, index) => halfOf(view.getUint16(2 * index, true)));
    expect(decoded).toEqual(expected);
  });

  it("writes every 16-bit number as it was read, and others as the nearest", () => {
    const bits = Array.from({ length: 65536 }, (_, index) => index);
    const isNumber = (value: number) => !Number.isNaN(value);
    expect(
      bits.filter((pattern) => isNumber(fromFloat16(pattern)) && toFloat16(fromFloat16(pattern)) !== pattern),
    ).toEqual([]);
    expect(
      bits.filter((pattern) => isNumber(fromBfloat16(pattern)) && toBfloat16(fromBfloat16(pattern)) !== pattern),
    ).toEqual([]);
    expect([toFloat16(NaN), toBfloat16(NaN)].map((pattern) => pattern & 0x7c00)).toEqual([0x7c00, 0x7c00]);
    // bfloat16 has 8 significant bits; ties go to the even one.
    expect([1 + 1 / 256, 1 + 3 / 256, 1 + 1.01 / 256].map((value) => fromBfloat16(toBfloat16(value)))).toEqual([
      1,
      1 + 4 / 256,
      1 + 2 / 256,
    ]);
    expect(fromBfloat16(toBfloat16(3.4e38))).toBe(Infinity);
  });

  it("copies raw data that is not aligned, and views what is", () => {
    for (const offset of [0, 1, 2, 3]) {
      const bytes = new Uint8Array(8 + offset);
      new DataView(bytes.buffer).setFloat32(offset, 1.25, true);
      new DataView(bytes.buffer).setFloat32(offset + 4, -3, true);
      const proto = tensor({ dataType: DataType.FLOAT, dims: [2n], rawData: bytes.subarray(offset) });
      const decoded = decodeFloatTensor(proto, source).values;
      expect([...decoded]).toEqual([1.25, -3]);
      expect(decoded.buffer === bytes.buffer).toBe(offset === 0);
    }
  });

  it("does not take a Buffer's slice for a copy", () => {
    const bytes = Buffer.from([9, 0, 0, 128, 63]).subarray(1);
    expect(values(tensor({ dataType: DataType.FLOAT, dims: [1n], rawData: bytes }))).toEqual([1]);
  });

  it("reads scalars and empty tensors", () => {
    expect(decodeFloatTensor(floatTensor("s", [], [7]), source)).toEqual({ dims: [], values: Float32Array.of(7) });
    expect(decodeFloatTensor(floatTensor("e", [0, 3], []), source).values).toHaveLength(0);
  });

  it("refuses a shape that disagrees with the data, before anything is allocated", () => {
    const proto = floatTensor("w", [1_000_000, 60_000], [1, 2]);
    const { code, message } = failure(() => decodeFloatTensor(proto, source));
    expect(code).toBe("tensor-shape");
    expect(message).toContain("240000000000 bytes");
    expect(message).toContain("8 bytes");
    expect(message).toMatch(/^w: /);
    const typed = tensor({ dataType: DataType.FLOAT, dims: [3n], floatData: [1] });
    expect(failure(() => decodeFloatTensor(typed, source)).code).toBe("tensor-shape");
  });

  it.each([[[-1n, -2n]], [[2n ** 62n]], [[2n ** 40n, 2n ** 40n]]])("refuses the dimensions %s", (dims) => {
    const proto = tensor({ dataType: DataType.FLOAT, dims, floatData: [1] });
    expect(failure(() => decodeFloatTensor(proto, source)).code).toBe("tensor-shape");
  });

  it("names a type that is not float", () => {
    const { code, message } = failure(() => decodeFloatTensor(int64Tensor("n", [1], [1]), source));
    expect(code).toBe("tensor-type");
    expect(message).toContain("int64");
    expect(failure(() => decodeFloatTensor(tensor({ dataType: 99 }), source)).message).toContain("type 99");
  });
});

describe("external data", () => {
  const external = (entries: Record<string, string>, count = 2) =>
    tensor({
      dataType: DataType.FLOAT,
      dims: [BigInt(count)],
      dataLocation: DataLocation.EXTERNAL,
      externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
    });

  it("is read from its place", () => {
    expect(values(external({ location: "w.bin", offset: "4", length: "8" }))).toEqual([1, 2]);
    expect(values(external({ location: "w.bin" }, 4))).toEqual([0, 1, 2, 3]);
  });

  it.each([
    [{ location: "w.bin", length: "4" }, "tensor-shape"],
    [{ location: "w.bin", offset: "-4" }, "external-data-range"],
    [{ location: "w.bin", offset: "1e3" }, "external-data-range"],
    [{ location: "w.bin", offset: "12" }, "external-data-range"],
    [{ location: "other.bin" }, "external-data-missing"],
    [{}, "external-data-missing"],
  ])("is refused as %j", (entries, code) => {
    expect(failure(() => decodeFloatTensor(external(entries), source)).code).toBe(code);
  });
});

describe("decodeIntegers", () => {
  it("reads int64 and int32, raw and typed", () => {
    expect(decodeIntegers(int64Tensor("s", [2], [-1, 5]), source)).toEqual([-1, 5]);
    expect(decodeIntegers(raw(DataType.INT32, Int32Array.of(-1, 5), [2]), source)).toEqual([-1, 5]);
    expect(decodeIntegers(tensor({ dataType: DataType.INT64, dims: [1n], int64Data: [4n] }), source)).toEqual([4]);
    expect(decodeIntegers(tensor({ dataType: DataType.INT32, dims: [1n], int32Data: [4] }), source)).toEqual([4]);
  });

  it("refuses lists too long and values too large for a shape", () => {
    const long = int64Tensor("s", [2000], new Array<number>(2000).fill(1));
    expect(failure(() => decodeIntegers(long, source)).code).toBe("tensor-shape");
    const large = tensor({ dataType: DataType.INT64, dims: [1n], int64Data: [2n ** 60n] });
    expect(failure(() => decodeIntegers(large, source)).code).toBe("tensor-shape");
  });
});

describe("checkedElementCount", () => {
  it("checks without reading external data", () => {
    const proto = tensor({ dataType: DataType.FLOAT, dims: [5n], dataLocation: DataLocation.EXTERNAL });
    expect(checkedElementCount(proto)).toBe(5);
    expect(failure(() => checkedElementCount(floatTensor("w", [3], [1]))).code).toBe("tensor-shape");
  });
});

/** IEEE 754 binary16, from its definition. */
function halfOf(bits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = Math.floor(bits / 1024) % 32;
  const fraction = (bits % 1024) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
}
