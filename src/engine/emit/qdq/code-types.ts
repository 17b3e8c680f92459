/** The ONNX integer types that hold codes, and how their tensors are stored. */
import { DataType } from "../../onnx/data-types";
import type { UpgradeTarget } from "../../onnx/upgrade/upgrade";

export interface CodeType {
  readonly dataType: number;
  readonly bits: 2 | 4 | 8 | 16;
  readonly min: number;
  readonly max: number;
  /** First operator set in which QuantizeLinear and DequantizeLinear take the type and scales per axis. */
  readonly opset: UpgradeTarget;
}

function codeTypes(bits: CodeType["bits"], opset: UpgradeTarget, signed: number, unsigned: number): CodeType[] {
  const half = 2 ** (bits - 1);
  return [
    { dataType: signed, bits, min: -half, max: half - 1, opset },
    { dataType: unsigned, bits, min: 0, max: 2 * half - 1, opset },
  ];
}

/** Narrow ones first. */
const CODE_TYPES: readonly CodeType[] = [
  ...codeTypes(2, 25, DataType.INT2, DataType.UINT2),
  ...codeTypes(4, 21, DataType.INT4, DataType.UINT4),
  ...codeTypes(8, 13, DataType.INT8, DataType.UINT8),
  ...codeTypes(16, 21, DataType.INT16, DataType.UINT16),
];

/**
 * The narrowest type that holds all codes of a range; undefined beyond 16 bits.
 * @param packed whether types of less than a byte are wanted
 */
export function codeTypeFor(codeMin: number, codeMax: number, packed: boolean): CodeType | undefined {
  return CODE_TYPES.find(({ bits, min, max }) => (packed || bits >= 8) && min <= codeMin && codeMax <= max);
}

/** Codes as raw data: least significant byte first; types of less than a byte fill each byte from its low end. */
export function packCodes(codes: ArrayLike<number>, { bits }: CodeType): Uint8Array {
  if (bits === 16)
    return packed(Int16Array.BYTES_PER_ELEMENT, codes, (view, i) => view.setInt16(2 * i, codes[i], true));
  if (bits === 8) return packed(1, codes, (view, i) => view.setInt8(i, codes[i]));
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  const bytes = new Uint8Array(Math.ceil(codes.length / perByte));
  for (let i = 0; i < codes.length; i++) bytes[Math.floor(i / perByte)] |= (codes[i] & mask) << (bits * (i % perByte));
  return bytes;
}

/** Codes as int32 raw data. */
export function packInt32(codes: Int32Array): Uint8Array {
  return packed(4, codes, (view, i) => view.setInt32(4 * i, codes[i], true));
}

function packed(size: number, codes: ArrayLike<number>, write: (view: DataView, index: number) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(size * codes.length));
  for (let i = 0; i < codes.length; i++) write(view, i);
  return new Uint8Array(view.buffer);
}
