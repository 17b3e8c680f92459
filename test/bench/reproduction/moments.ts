/** Weights that quantize well by penalties on their skewness and kurtosis. */
import { toChannelMajor } from "../../../src/engine/graph/layout";
import { prepare } from "../../../src/engine/prepare";
import { parseRecipe } from "../../../src/engine/recipe";
import { decode } from "../../../src/engine/schemes/decode";
import { fitScheme } from "../../../src/engine/schemes/registry";
import { addMomentPenalty } from "../../../src/engine/training/regularisers/moments";
import type { CellStore, Figures } from "./cells";
import { fineTune, sourceOf, testAccuracy } from "./fine-tuning";
import { digits, FLOAT, floatNetwork } from "./lenet300-float";
import type { Part, Workshop } from "./part";
import { mean, meanAndDeviation, table } from "./tables";

const TUNED = { ...FLOAT, epochs: 5 };

/** Weights of the penalties on skewness and kurtosis. */
const STRENGTHS = [0, 0.001, 0.01];

const BITS = [8, 4];

export const moments: Part = {
  id: "moments",
  title: "[F] Penalties on skewness and kurtosis",
  missing: () => null,
  cells: (seed, workshop) =>
    STRENGTHS.map((strength) => ({
      name: nameOf(strength),
      seed,
      settings: JSON.stringify(TUNED),
      run: () => measure(strength, seed, workshop),
    })),
  section,
};

async function measure(strength: number, seed: number, workshop: Workshop): Promise<Figures> {
  const { runtime } = workshop;
  const bytes = await floatNetwork(seed, workshop);
  const settings = { ...TUNED, seed, skewness: strength, kurtosis: strength };
  const trained = await fineTune(
    { bytes, weights: null, activations: null, settings, training: digits("train") },
    runtime,
  );
  const figures: Record<string, number> = {
    ...shapeOf(trained.bytes),
    accuracy: await testAccuracy(trained, digits("t10k"), runtime),
  };
  for (const bits of BITS) {
    const weights = { scheme: "symmetric", bits, granularity: "tensor" };
    const recipe = parseRecipe({ model: "network.onnx", weights, output: { directory: "." } });
    figures[`sqnr ${bits}`] = mean(layerWeights(trained.bytes).map((values) => decibels(values, bits)));
    figures[`accuracy ${bits}`] = await testAccuracy({ bytes: trained.bytes, recipe }, digits("t10k"), runtime);
  }
  return figures;
}

/** Means over layers. */
function shapeOf(bytes: Uint8Array): { skewness: number; kurtosis: number } {
  const layers = layerWeights(bytes);
  const squared = (values: Float32Array, penalty: { skewness: number; kurtosis: number }) =>
    addMomentPenalty(values, { ...penalty, wantedKurtosis: -3 }, 1, new Float32Array(values.length));
  return {
    skewness: mean(layers.map((values) => Math.sqrt(squared(values, { skewness: 1, kurtosis: 0 })))),
    kurtosis: mean(layers.map((values) => Math.sqrt(squared(values, { skewness: 0, kurtosis: 1 })) - 3)),
  };
}

function layerWeights(bytes: Uint8Array): Float32Array[] {
  return prepare(sourceOf(bytes)).layers.map(({ weight, layout }) => toChannelMajor(weight.values, layout).values);
}

/** SQNR in symmetric codes with one scale. */
function decibels(values: Float32Array, bits: number): number {
  const weights = { values, channels: 1, perChannel: values.length };
  const settings = { scheme: "symmetric", bits, granularity: "tensor", clip: "max", rounding: "half-even" } as const;
  const decoded = decode(fitScheme(weights, settings));
  let signal = 0;
  let noise = 0;
  for (let i = 0; i < values.length; i++) {
    signal += values[i] ** 2;
    noise += (values[i] - decoded[i]) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

function nameOf(strength: number): string {
  return strength === 0 ? "without penalties" : `penalties × ${strength}`;
}

function section(store: CellStore): string {
  const rows = STRENGTHS.map((strength) => {
    const runs = store.of(nameOf(strength));
    return [
      nameOf(strength),
      meanAndDeviation(runs, "skewness", 3),
      meanAndDeviation(runs, "kurtosis", 2),
      ...BITS.map((bits) => meanAndDeviation(runs, `sqnr ${bits}`, 1)),
      meanAndDeviation(runs, "accuracy", 2),
      ...BITS.map((bits) => meanAndDeviation(runs, `accuracy ${bits}`, 2)),
      `${runs.length}`,
    ];
  });
  const head = [
    "",
    "skewness",
    "kurtosis",
    "SQNR dB, 8 bits",
    "4 bits",
    "accuracy % in float",
    "8 bits",
    "4 bits",
    "seeds",
  ];
  return [
    `LeNet300 from the same float network, ${TUNED.epochs} more epochs in float with and without penalties on the squared skewness and on the squared`,
    "distance of the excess kurtosis from −1.2, that of uniform weights. Then the weights are quantized without any training: `symmetric`,",
    "one scale a layer. Moments (of the skewness the magnitude) and SQNR are means over the three layers.",
    "",
    table(head, rows),
  ].join("\n");
}
