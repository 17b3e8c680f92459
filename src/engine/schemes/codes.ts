/** Storage of codes: the narrowest standard integer that holds them. */
import type { Codes } from "./scheme";

/** Bytes of the narrowest signed standard integer (8, 16 or 32 bits) that holds `codeMin` to `codeMax`. */
export function codeBytes(codeMin: number, codeMax: number): 1 | 2 | 4 {
  if (codeMin >= -0x80 && codeMax <= 0x7f) return 1;
  if (codeMin >= -0x8000 && codeMax <= 0x7fff) return 2;
  return 4;
}

/** Zeroed codes in the narrowest array that holds `codeMin` to `codeMax`. */
export function allocateCodes(length: number, codeMin: number, codeMax: number): Codes {
  switch (codeBytes(codeMin, codeMax)) {
    case 1:
      return new Int8Array(length);
    case 2:
      return new Int16Array(length);
    case 4:
      return new Int32Array(length);
  }
}
