/** Entropy of codes: what an entropy coder could reach. */
import { asInt32 } from "../schemes/codes";
import type { Codes } from "../schemes/scheme";

/**
 * Shannon entropy of the codes' frequencies, in bits per code.
 * @param codeMin no code is smaller
 * @param codeMax no code is larger
 */
export function codeEntropyBits(codes: Codes, codeMin: number, codeMax: number): number {
  const counts = new Uint32Array(codeMax - codeMin + 1);
  const integers = asInt32(codes);
  for (let i = 0; i < integers.length; i++) counts[integers[i] - codeMin]++;
  let entropy = 0;
  for (const count of counts) {
    if (count === 0 || count === codes.length) continue;
    const share = count / codes.length;
    entropy -= share * Math.log2(share);
  }
  return entropy;
}
