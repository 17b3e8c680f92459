/** LeNet300 on MNIST with Q_b and A_b: Ivan, Quantization Schemes For Training Neural Networks. */
import type { Cell, CellStore } from "./cells";
import { fineTune, testAccuracy } from "./fine-tuning";
import { digits, FLOAT, floatNetwork } from "./lenet300-float";
import type { Part, Workshop } from "./part";
import { meanAndDeviation, meanOf, table, verdict } from "./tables";

const TUNED = { ...FLOAT, epochs: 10 };
const GRID = { ...FLOAT, epochs: 4 };
const FLOAT_BITS = 32;
const WEIGHT_BITS = [1, 2, 4, 8, 16, FLOAT_BITS];
const GRID_BITS = [1, 2, 3, 4, 5, 6, 7, 8];

/** Points that may be lost to the network with float weights that was trained as long. */
const LIMITS: Readonly<Partial<Record<number, number>>> = { 1: 0.5, 2: 0.5, 4: 0.1, 8: 0.1, 16: 0.1 };

export const lenet300: Part = {
  id: "lenet300",
  title: "[I] LeNet300 on MNIST, weights Q_b",
  missing: () => null,
  cells: (seed, workshop) => WEIGHT_BITS.map((bits) => cell(seed, workshop, bits, FLOAT_BITS, TUNED)),
  section: (store) => {
    const float = store.of(nameOf(FLOAT_BITS, FLOAT_BITS));
    const rows = WEIGHT_BITS.map((bits) => {
      const runs = store.of(nameOf(bits, FLOAT_BITS));
      const lost = meanOf(float.slice(0, runs.length), "accuracy") - meanOf(runs, "accuracy");
      const limit = LIMITS[bits];
      return [
        bits === FLOAT_BITS ? "float" : `${bits}`,
        meanAndDeviation(runs, "accuracy", 2),
        bits === FLOAT_BITS || Number.isNaN(lost) ? "–" : lost.toFixed(2),
        limit === undefined ? "" : `≤ ${limit}`,
        limit === undefined ? "" : verdict(lost, limit),
        `${runs.length}`,
      ];
    });
    return [
      "784-300-100-10 with Relu; trained in float for 10 epochs, then for 10 epochs with the weights of all three layers in codes of scheme",
      "`ceil`, one trained α an output unit (the paper: one a layer); `float` went through the same 20 epochs without codes. 55,000 samples",
      "train, 5,000 choose the best epoch, and the accuracy is that of the integers on the 10,000 test samples. The paper loses at most 0.5",
      "points at 1 and 2 bits and none from 4 bits on.",
      "",
      table(["bits of weights", "test accuracy %", "points lost", "asked", "", "seeds"], rows),
    ].join("\n");
  },
};

export const lenet300Grid: Part = {
  id: "lenet300-grid",
  title: "[I] LeNet300 on MNIST, weights Q_b and activations A_b",
  missing: () => null,
  cells: (seed, workshop) =>
    GRID_BITS.flatMap((activations) => GRID_BITS.map((weights) => cell(seed, workshop, weights, activations, GRID))),
  section: (store) => {
    const seeds = Math.max(...GRID_BITS.map((bits) => store.of(nameOf(bits, 1)).length));
    const rows = GRID_BITS.map((weights) => [
      `weights ${weights}`,
      ...GRID_BITS.map((activations) => shown(store, weights, activations)),
    ]);
    return [
      `As above with ${GRID.epochs} epochs with codes; activations in scheme \`ceil\`, pixels and scores in \`affine\` 8 bits. Test accuracy in percent, mean over`,
      `${seeds} seed${seeds === 1 ? "" : "s"}; figure 5 of the paper shows the same grid.`,
      "",
      table(["", ...GRID_BITS.map((bits) => `activations ${bits}`)], rows),
    ].join("\n");
  },
};

function shown(store: CellStore, weights: number, activations: number): string {
  const accuracy = meanOf(store.of(nameOf(weights, activations)), "accuracy");
  return Number.isNaN(accuracy) ? "–" : accuracy.toFixed(2);
}

function nameOf(weights: number, activations: number): string {
  return `weights ${weights}, activations ${activations}`;
}

function cell(seed: number, workshop: Workshop, weights: number, activations: number, settings: object): Cell {
  return {
    name: nameOf(weights, activations),
    seed,
    settings: JSON.stringify({ FLOAT, settings }),
    run: async () => {
      const trained = await fineTune(
        {
          bytes: await floatNetwork(seed, workshop),
          weights: weights === FLOAT_BITS ? null : { scheme: "ceil", bits: weights },
          activations: activations === FLOAT_BITS ? null : { scheme: "ceil", bits: activations },
          settings: { ...settings, seed },
          training: digits("train"),
        },
        workshop.runtime,
      );
      return { accuracy: await testAccuracy(trained, digits("t10k"), workshop.runtime) };
    },
  };
}
