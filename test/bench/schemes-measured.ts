/** What `schemes.mjs` prints: every scheme on a layer of 2.3 million weights. */
import { decode } from "../../src/engine/schemes/decode";
import { fitMixture } from "../../src/engine/schemes/mixture";
import { packPatterns, packedChannelBytes } from "../../src/engine/schemes/packing";
import { fitScheme } from "../../src/engine/schemes/registry";
import { CLIPS, type SchemeSettings } from "../../src/engine/schemes/scheme";
import { weightedPoints } from "../../src/engine/schemes/weighted-points";

const CHANNELS = 2000;
const PER_CHANNEL = 1152;
const COUNT = CHANNELS * PER_CHANNEL;

interface Row {
  readonly what: string;
  readonly figure: number;
  readonly unit: string;
  readonly budget: number | null;
  readonly sense: "≤" | "≥";
}

const weights = { values: gaussian(), channels: CHANNELS, perChannel: PER_CHANNEL };

/** The same on every run, from a linear congruential generator. */
function gaussian(): Float32Array {
  let state = 1;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Float32Array.from(
    { length: COUNT },
    () => 0.05 * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/** Milliseconds, the fastest of several runs: what else the machine does must not count against one core. */
function milliseconds(runs: number, work: () => unknown): number {
  let fastest = Infinity;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    work();
    fastest = Math.min(fastest, performance.now() - start);
  }
  return fastest;
}

function settingsOf(scheme: string, bits: number, changes: Partial<SchemeSettings> = {}): SchemeSettings {
  return { scheme, bits, granularity: "channel", clip: "max", rounding: "half-even", ...changes };
}

/** Of weights a second, in millions. */
function rate(what: string, settings: SchemeSettings, budget: number | null): Row {
  const figure = COUNT / milliseconds(40, () => fitScheme(weights, settings)) / 1e3;
  return { what, figure, unit: "M weights/s", budget, sense: "≥" };
}

function seconds(what: string, budget: number | null, work: () => unknown, runs = 3): Row {
  return { what, figure: milliseconds(runs, work) / 1e3, unit: "s", budget, sense: "≤" };
}

export function measureSchemes(): Row[] {
  return [...stepSchemes(), ...clippingRules(), ...codebooks(), ...packing()];
}

function stepSchemes(): Row[] {
  const uniform = ["symmetric", "affine", "pow2", "ceil"].flatMap((scheme) =>
    [4, 8, 16].flatMap((bits) =>
      (["channel", "tensor"] as const).map((granularity) =>
        rate(`${scheme}, ${bits} bits, per ${granularity}`, settingsOf(scheme, bits, { granularity }), 200),
      ),
    ),
  );
  const blocks = (["half", "power-of-two"] as const).map((blockScale) =>
    rate(`block of 32, 4 bits, ${blockScale}`, settingsOf("block", 4, { granularity: "block", blockScale }), 200),
  );
  const coded = fitScheme(weights, settingsOf("symmetric", 8));
  return [
    ...uniform,
    ...blocks,
    rate("log2, 4 bits", settingsOf("log2", 4), null),
    seconds("decode, symmetric 8 bits", null, () => decode(coded), 10),
  ];
}

function clippingRules(): Row[] {
  return CLIPS.filter((clip) => clip !== "max").flatMap((clip) =>
    (["tensor", "channel"] as const).map((granularity) =>
      seconds(`clip ${clip}, symmetric 4 bits, per ${granularity}`, null, () =>
        fitScheme(weights, settingsOf("symmetric", 4, { granularity, clip })),
      ),
    ),
  );
}

function codebooks(): Row[] {
  const fit = (scheme: string, bits: number) => () =>
    fitScheme(weights, settingsOf(scheme, bits, { granularity: "tensor" }));
  const points = weightedPoints(weights.values.slice().sort(), 4096);
  const start = {
    shares: new Float64Array(16).fill(1 / 16),
    means: Float64Array.from({ length: 16 }, (_, j) => (j - 7.5) * 0.02),
    deviations: new Float64Array(16).fill(0.02),
  };
  const iterations = { maxIterations: 50, minDeviation: 1e-4, pinned: null, equal: false };
  return [
    seconds("codebook-uniform, 16 centres", null, fit("codebook-uniform", 4)),
    seconds("codebook-kmeans, 16 centres", 1, fit("codebook-kmeans", 4)),
    seconds("codebook-kmeans, 256 centres", null, fit("codebook-kmeans", 8)),
    seconds("codebook-mixture, 16 components", 3, fit("codebook-mixture", 4)),
    seconds("50 iterations of a mixture of 16 alone", 3, () => fitMixture(points, start, iterations)),
    seconds("codebook-mixture, 256 components", null, fit("codebook-mixture", 8), 1),
  ];
}

/** Megabytes of packed output a second. */
function packing(): Row[] {
  return [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16].map((bits) => {
    const codes = new Int32Array(COUNT).map((_, i) => Math.imul(i, 40503) >>> 7);
    const patterns = bits <= 8 ? new Uint8Array(codes) : new Uint16Array(codes);
    const time = milliseconds(40, () => packPatterns(patterns, CHANNELS, PER_CHANNEL, bits));
    const figure = (CHANNELS * packedChannelBytes(PER_CHANNEL, bits)) / time / 1e3;
    return { what: `packing, ${bits} bits`, figure, unit: "MB/s", budget: 300, sense: "≥" };
  });
}
