/** What the weight schemes do, for the glossary: docs/schemes.md in a line each. */
import type { Definition } from "./definitions";

const KOKSAL = "Köksal et al. 2001";

const SCHEMES: Readonly<Record<string, Omit<Definition, "term">>> = {
  symmetric: {
    formula: "q = clamp(round(w · qmax / R), ±qmax), qmax = 2^(b−1) − 1; ŵ = q · R / qmax",
    meaning: "R is the range of what shares the scale, b the bits. What CMSIS-NN takes.",
  },
  affine: {
    formula: "q = clamp(round(w / s) + z, 0, 2^b − 1), s = (max − min) / (2^b − 1); ŵ = s · (q − z)",
    meaning: "A zero point z fits skewed or one-sided weights.",
    source: "Meller et al. 2019",
  },
  pow2: {
    formula: "as symmetric, with the scale 2^−f",
    meaning: "Requantization is a shift; loses up to 6 dB.",
  },
  ceil: {
    formula: "q = sign(w) · ⌈|w| · 2^(b−1) / max|w|⌉, never 0; ŵ = α · q / 2^(b−1)",
    meaning: "For 1 and 2 bits, and networks trained with it.",
    source: "Ivan, Quantization Schemes For Training Neural Networks, eq. 2 to 4",
  },
  block: {
    formula: "as symmetric, with a scale for every block along the input axis",
    meaning: "For 4 bits and fewer: an outlier spoils one block only.",
  },
  log2: {
    formula: "ŵ = ±s · 2^−k, or 0",
    meaning: "A product is a shift and a sign; about 14 dB whatever the bits from 4 on.",
  },
  "codebook-uniform": {
    formula: "ŵ = palette[q], 2^b equally spaced centres",
    meaning: "To compare with.",
    source: KOKSAL,
  },
  "codebook-kmeans": {
    formula: "ŵ = palette[q], the 2^b centres of least squared error",
    meaning: "The best SQNR for the bits with one table.",
    source: `${KOKSAL}; Wang and Song 2011`,
  },
  "codebook-mixture": {
    formula: "ŵ = the mean of the likeliest of 2^b Gaussians",
    meaning: "A start for soft weight sharing.",
    source: `${KOKSAL}, eq. 1 and 2`,
  },
  float: { meaning: "The weights are left as they are." },
};

/** The schemes among these names that there is a definition of, each once. */
export function schemeDefinitions(names: readonly string[]): Definition[] {
  return Object.entries(SCHEMES)
    .filter(([name]) => names.includes(name))
    .map(([term, definition]) => ({ term, ...definition }));
}
