/** Small networks in 1 to 5 bits: Köksal, Alpaydın, Dündar (2001), tables 1 to 3. */
import { decode } from "../../../src/engine/schemes/decode";
import { fitScheme } from "../../../src/engine/schemes/registry";
import { hasShared } from "../../shared";
import type { CellStore, Figures } from "./cells";
import { SmallNetwork, type Task } from "./network";
import type { Part, Workshop } from "./part";
import { digits, phonemes, regression } from "./small-tasks";
import { meanAndDeviation, meanOf, table } from "./tables";
import { shareWeights, trainFloat, type SharingPlan, type Validated } from "./weight-sharing";

const BITS = [1, 2, 3, 4, 5];

/** Schemes of codes that are found after training. */
const AFTER = [
  { id: "codebook-uniform", title: "uniform" },
  { id: "codebook-kmeans", title: "exact k-means" },
  { id: "codebook-mixture", title: "mixture after" },
];

const DURING = { id: "during", title: "mixture during" };

const WAYS = [...AFTER, DURING];

/** More seeds than anybody asks for. */
const SEEDS = 1000;

interface SmallTask {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly task: (seed: number) => Task;
  readonly needsShared: boolean;
  readonly floatSteps: number;
  /** First weights; in float, and at every width, the one that validates best counts. */
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
      "A network of 1, 4 and 1 units learns one period of a sine with noise of deviation 0.2; the error is the mean squared one on 2,000 test\nsamples, times 100.",
    task: regression,
    needsShared: false,
    floatSteps: 4000,
    starts: 6,
    plan: { steps: 1500, learningRates: [0.03], strengths: [1e-3, 1e-2] },
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
    plan: { steps: 150, learningRates: [0.001, 0.003, 0.01], strengths: [1e-5, 1e-4] },
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
      "Bitmaps of the Semeion set, 10 hidden units, 10 classes, 2,680 parameters as in the paper; the error is the number of wrong answers to 600\ntest samples.",
    task: digits,
    needsShared: true,
    floatSteps: 200,
    starts: 1,
    plan: { steps: 150, learningRates: [0.001, 0.003, 0.01], strengths: [1e-5, 1e-4] },
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
    let float: Validated | null = null;
    for (let start = 0; start < task.starts; start++) {
      const network = await SmallNetwork.open(task.task(seed), seed + SEEDS * start, runtime);
      networks.push(network);
      const loss = await trainFloat(network, task.floatSteps, FLOAT_RATE);
      if (float === null || loss < float.loss) float = { loss, parameters: network.parameters };
    }
    const parameters = float?.parameters ?? new Float32Array(0);
    const error = async (values: Float32Array) =>
      (task.id === "regression" ? 100 : 1) * (await networks[0].testError(values));
    const figures: Record<string, number> = { float: await error(parameters) };
    for (const bits of BITS) {
      for (const { id } of AFTER) figures[`${id} ${bits}`] = await error(quantized(parameters, id, bits));
      const shared: Validated[] = [];
      for (const network of networks) shared.push(await shareWeights(network, bits, task.plan));
      const best = shared.reduce((a, b) => (b.loss < a.loss ? b : a));
      figures[`${DURING.id} ${bits}`] = await error(best.parameters);
    }
    return figures;
  } finally {
    for (const network of networks) await network.close();
  }
}

function quantized(values: Float32Array, scheme: string, bits: number): Float32Array {
  const weights = { values, channels: 1, perChannel: values.length };
  const settings = { scheme, bits, granularity: "tensor", clip: "max", rounding: "half-even" } as const;
  return decode(fitScheme(weights, settings));
}

function section({ about, digits: places, paper }: SmallTask, store: CellStore): string {
  const runs = store.of("all");
  const value = (way: string, bits: number) => meanOf(runs, `${way} ${bits}`);
  const rows = BITS.map((bits) => [
    `${bits}`,
    ...WAYS.map(({ id }) => meanAndDeviation(runs, `${id} ${bits}`, places)),
    ...[paper.uniform, paper.kMeans, paper.during].map((figures) => `${figures.at(bits - 1) ?? ""}`),
  ]);
  const lost = BITS.filter((bits) => AFTER.some(({ id }) => value(id, bits) < value(DURING.id, bits)));
  const [ours, theirs] = [value(DURING.id, 2) / meanOf(runs, "float"), paper.during[2] / paper.float];
  return [
    about,
    `Error in float ${meanAndDeviation(runs, "float", places)}, in the paper ${paper.float}; ${runs.length} seed${runs.length === 1 ? "" : "s"}.`,
    "",
    table(["bits", ...WAYS.map((way) => way.title), "paper: uniform", "k-means", "soft weight sharing"], rows),
    lost.length === 0
      ? "Training with the mixture has the lowest error at every width."
      : `Training with the mixture has the lowest error at every width but ${lost.join(" and ")}.`,
    `At 2 bits its error is ${ours.toFixed(2)} times that of the float network; the paper's at 3 bits ${theirs.toFixed(2)} times.`,
    "",
  ].join("\n");
}
