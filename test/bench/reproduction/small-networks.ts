/** Small networks in 1 to 5 bits: Köksal, Alpaydın, Dündar (2001), tables 1 to 3. */
import { decode } from "../../../src/engine/schemes/decode";
import { fitScheme } from "../../../src/engine/schemes/registry";
import { hasShared } from "../../shared";
import type { CellStore, Figures } from "./cells";
import { SmallNetwork, type Task } from "./network";
import type { Part, Workshop } from "./part";
import { digits, phonemes, regression } from "./small-tasks";
import { mean, meanAndDeviation, meanOf, standardError, table } from "./tables";
import {
  settingsOf,
  shareWeights,
  trainFloat,
  type SharingPlan,
  type SharingSettings,
  type Validated,
} from "./weight-sharing";

const BITS = [1, 2, 3, 4, 5];

/** Schemes of codes that are found after training. */
const AFTER = [
  { id: "codebook-uniform", title: "uniform" },
  { id: "codebook-kmeans", title: "exact k-means" },
  { id: "codebook-mixture", title: "mixture after" },
];

/** More seeds than anybody asks for. */
const SEEDS = 1000;

interface SmallTask {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly task: (seed: number) => Task;
  readonly needsShared: boolean;
  readonly floatSteps: number;
  /** First weights; in float, and at every width and setting, the one that validates best counts. */
  readonly starts: number;
  readonly plan: SharingPlan;
  readonly digits: number;
  /** Figures of the paper from 1 bit on, and without codes. */
  readonly paper: {
    readonly float: number;
    readonly uniform: readonly number[];
    readonly kMeans: readonly number[];
    readonly during: readonly number[];
  };
}

const TASKS: readonly SmallTask[] = [
  {
    id: "regression",
    title: "Regression",
    about:
      "A network of 1, 4 and 1 units learns one period of a sine with noise of deviation 0.2 from 200 samples, 1,000 validate; the error is the\nmean squared one on 2,000 test samples, times 100.",
    task: regression,
    needsShared: false,
    floatSteps: 4000,
    starts: 6,
    plan: { steps: 1500, learningRates: [0.03], strengths: [1e-4, 1e-2], wideStrengths: [0, 1e-4] },
    digits: 2,
    paper: {
      float: 4.1,
      uniform: [245.33, 104.87, 40.64],
      kMeans: [173.34, 57.6, 16.85],
      during: [18.85, 9.99, 4.61],
    },
  },
  {
    id: "phonemes",
    title: "Phonemes",
    about:
      "256 log-periodogram values, 10 hidden units, 5 classes (the paper: 112 values, 6 classes); the error is the number of wrong answers to 600\ntest samples.",
    task: phonemes,
    needsShared: true,
    floatSteps: 200,
    starts: 1,
    plan: { steps: 250, learningRates: [0.01, 0.03], strengths: [1e-5, 1e-4], wideStrengths: [0, 3e-5, 1e-4] },
    digits: 1,
    paper: {
      float: 40.7,
      uniform: [409, 377, 220, 104, 55.5],
      kMeans: [365, 248, 123, 51.6, 45.5],
      during: [387.5, 209, 89, 52, 44.8],
    },
  },
  {
    id: "digits",
    title: "Digits of 16×16",
    about:
      "Bitmaps of the Semeion set, 10 hidden units, 10 classes, 2,680 parameters as in the paper; 600\nbitmaps train, and 393 of other writers validate; the error is the number of wrong answers to 600\ntest samples.",
    task: digits,
    needsShared: true,
    floatSteps: 200,
    starts: 1,
    plan: { steps: 250, learningRates: [0.01, 0.03], strengths: [1e-5, 1e-4], wideStrengths: [0, 3e-5, 1e-4] },
    digits: 1,
    paper: {
      float: 23.5,
      uniform: [527, 513, 442, 95, 29],
      kMeans: [448, 263, 59, 27.7, 24.5],
      during: [397, 244, 64, 30.7, 27.9],
    },
  },
];

const FLOAT_RATE = 0.01;

export const smallNetworks: readonly Part[] = TASKS.map((task): Part => ({
  id: task.id,
  title: `[K] ${task.title}`,
  missing: () => (task.needsShared && !hasShared ? "its data are in ../shared" : null),
  cells: (seed, workshop) => [
    {
      name: "all",
      seed,
      settings: JSON.stringify([task.floatSteps, task.starts, task.plan]),
      run: () => measure(task, seed, workshop),
    },
  ],
  section: (store) => section(task, store),
}));

async function measure(task: SmallTask, seed: number, { runtime }: Workshop): Promise<Figures> {
  const networks: SmallNetwork[] = [];
  try {
    let float: Validated = { loss: Infinity, parameters: new Float32Array(0) };
    for (let start = 0; start < task.starts; start++) {
      const network = await SmallNetwork.open(task.task(seed), seed + SEEDS * start, runtime);
      networks.push(network);
      const loss = await trainFloat(network, task.floatSteps, FLOAT_RATE);
      if (loss < float.loss) float = { loss, parameters: network.parameters };
    }
    const error = async (values: Float32Array, part: "validation" | "test") =>
      (task.id === "regression" ? 100 : 1) * (await networks[0].error(values, part));
    const figures: Record<string, number> = { float: await error(float.parameters, "test") };
    for (const bits of BITS) {
      for (const { id } of AFTER) figures[`${id} ${bits}`] = await error(quantized(float.parameters, id, bits), "test");
      for (const settings of settingsOf(task.plan)) {
        let best: Validated = { loss: Infinity, parameters: float.parameters };
        for (const network of networks) {
          const shared = await shareWeights(network, bits, settings);
          if (shared.loss < best.loss) best = shared;
        }
        figures[during(bits, settings, "validation")] = await error(best.parameters, "validation");
        figures[during(bits, settings, "test")] = await error(best.parameters, "test");
      }
    }
    return figures;
  } finally {
    for (const network of networks) await network.close();
  }
}

/** Name of the error of training with the mixture. */
function during(bits: number, settings: SharingSettings, part: "validation" | "test"): string {
  const { learningRate, strength, wideStrength } = settings;
  return `during ${bits}, rate ${learningRate}, ν ${strength}, wide ${wideStrength}: ${part}`;
}

/** Of the settings the one whose codes have the least error on the validation samples, in the mean of all seeds. */
function chosen(runs: readonly Figures[], bits: number, candidates: readonly SharingSettings[]): string {
  const errors = candidates.map((settings) => meanOf(runs, during(bits, settings, "validation")));
  return during(bits, candidates[errors.indexOf(Math.min(...errors))], "test");
}

function quantized(values: Float32Array, scheme: string, bits: number): Float32Array {
  const weights = { values, channels: 1, perChannel: values.length };
  const settings = { scheme, bits, granularity: "tensor", clip: "max", rounding: "half-even" } as const;
  return decode(fitScheme(weights, settings));
}

function section({ about, digits: places, paper, plan }: SmallTask, store: CellStore): string {
  const runs = store.of("all");
  const settings = settingsOf(plan);
  const alone = settings.filter(({ wideStrength }) => wideStrength === 0);
  const rows = BITS.map((bits) => [
    `${bits}`,
    ...[...AFTER.map(({ id }) => `${id} ${bits}`), chosen(runs, bits, settings), chosen(runs, bits, alone)].map(
      (figure) => meanAndDeviation(runs, figure, places),
    ),
    ...[paper.uniform, paper.kMeans, paper.during].map((figures) => `${figures.at(bits - 1) ?? ""}`),
  ]);
  const head = ["bits", ...AFTER.map(({ title }) => title), "mixture during", "without the single Gaussian"];
  const theirs = ["paper: uniform", "k-means", "soft weight sharing"];
  const lost = BITS.flatMap((bits) => shortfall(runs, bits, chosen(runs, bits, settings), places));
  const relative = meanOf(runs, chosen(runs, 2, settings)) / meanOf(runs, "float");
  return [
    about,
    `Error in float ${meanAndDeviation(runs, "float", places)}, in the paper ${paper.float}; ${runs.length} seed${runs.length === 1 ? "" : "s"}.`,
    `During: ${plan.steps} steps with the penalty and ${plan.steps} on the means, in ${settings.length} settings of learning rate, ν, and the weight of a single Gaussian over all`,
    "parameters (one mixture for the whole network, as in the paper; `bitwright train` has one for each layer, and leaves means to the",
    "penalty); at each width the one counts whose codes have the least error on the validation samples, in the mean of the seeds.",
    "",
    table([...head, ...theirs], rows),
    lost.length === 0
      ? "Training with the mixture has the lowest error at every width."
      : `Training with the mixture has the lowest error at every width but ${lost.join(" and ")}.`,
    `At 2 bits its error is ${relative.toFixed(2)} times that of the float network; the paper's at 3 bits ${(paper.during[2] / paper.float).toFixed(2)} times.`,
    "",
  ].join("\n");
}

/** Where codes found after training have a lower error than `figure`: by how much, and the standard error of the difference. */
function shortfall(runs: readonly Figures[], bits: number, figure: string, places: number): string[] {
  const [worst] = AFTER.map(({ id, title }) => {
    const differences = runs.map((run) => run[figure] - run[`${id} ${bits}`]);
    return { title, by: mean(differences), error: standardError(differences) };
  }).sort((a, b) => b.by - a.by);
  if (worst.by < 0) return [];
  const [by, error] = [worst.by, worst.error].map((value) => value.toFixed(places));
  return [`${bits} (${by} ± ${error}, standard error, above ${worst.title})`];
}
