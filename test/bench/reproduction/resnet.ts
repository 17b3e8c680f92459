/** ResNet-20 on CIFAR-10 from a network that was trained in float, with Q_b and A_b: Ivan. */
import { existsSync, readFileSync } from "node:fs";
import { sharedPath } from "../../shared";
import { prepare } from "../../../src/engine/prepare";
import { modelScore } from "../../../src/engine/training/deployed";
import type { TrainingData } from "../../../src/engine/training/train";
import type { CellStore, Figures } from "./cells";
import { testPhotos, trainingPhotos, type Pixels } from "./cifar10";
import { trainingData, type LabelledSamples } from "./data";
import { fineTune, judged, sourceOf, testAccuracy } from "./fine-tuning";
import type { Part, Workshop } from "./part";
import { meanAndDeviation, meanOf, table, verdict } from "./tables";

const MODEL = "models/cifar10/cifar10-resnet20-jft.onnx";

const SETTINGS = {
  batch: 64,
  optimizer: "adam",
  loss: "distillation",
  batchNormalization: "batch",
  validationShare: 0.02,
};

interface Row {
  readonly name: string;
  readonly weights: number;
  readonly activations: number | null;
  readonly epochs: number;
  readonly learningRate: number;
  /** Points that may be lost. */
  readonly limit: number;
}

const row = (weights: number, activations: number | null, epochs: number, learningRate: number, limit: number): Row => {
  const name = `weights ${weights}${activations === null ? "" : `, activations ${activations}`}`;
  return { name, weights, activations, epochs, learningRate, limit };
};

const ROWS: readonly Row[] = [row(4, 4, 8, 0.001, 0.5), row(2, null, 8, 0.001, 2.5), row(1, null, 16, 0.001, 2.5)];

const FLOAT = "float";

export const resnet: Part = {
  id: "resnet20",
  title: "[I] ResNet-20 on CIFAR-10",
  missing: () => (existsSync(sharedPath(MODEL)) ? null : "network and photos are in ../shared"),
  cells: (seed, workshop) => [
    { name: FLOAT, seed, settings: "", run: () => measureFloat(workshop) },
    ...ROWS.map((row) => ({
      name: row.name,
      seed,
      settings: JSON.stringify([SETTINGS, row]),
      run: () => measure(row, seed, workshop),
    })),
  ],
  section,
};

async function measureFloat({ runtime }: Workshop): Promise<Figures> {
  const { model } = prepare(sourceOf(floatNetwork()));
  const { accuracy } = await modelScore(model, "cross-entropy", await judged(photos(testPhotos(PIXELS))), runtime);
  return { accuracy: 100 * (accuracy ?? NaN) };
}

async function measure(
  { name, weights, activations, epochs, learningRate }: Row,
  seed: number,
  { runtime, folder }: Workshop,
): Promise<Figures> {
  const trained = await fineTune(
    {
      bytes: floatNetwork(),
      weights: { scheme: "ceil", bits: weights, granularity: "channel" },
      activations: activations === null ? null : { scheme: "ceil", bits: activations, range: "mse" },
      settings: { ...SETTINGS, epochs, learningRate, seed },
      training: photos(trainingPhotos(`${folder}/cifar10-training.bin`, PIXELS)),
      evaluated: ({ epoch, loss, accuracy }) => {
        const share = (100 * (accuracy ?? NaN)).toFixed(1);
        console.log(`${name}: epoch ${epoch} of ${epochs}, loss ${loss.toFixed(3)}, agreement ${share} %`);
      },
    },
    runtime,
  );
  return { accuracy: await testAccuracy(trained, photos(testPhotos(PIXELS)), runtime) };
}

function floatNetwork(): Uint8Array {
  return new Uint8Array(readFileSync(sharedPath(MODEL)));
}

function photos(samples: LabelledSamples): TrainingData {
  return trainingData(samples, "input", "cifar10");
}

const LARGEST = 255;
const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];

const PIXELS: Pixels = (value, channel) => (value / LARGEST - MEAN[channel]) / DEVIATION[channel];

function section(store: CellStore): string {
  const float = meanOf(store.of(FLOAT), "accuracy");
  const rows = ROWS.map(({ name, epochs, limit }) => {
    const runs = store.of(name);
    const lost = float - meanOf(runs, "accuracy");
    return [
      name,
      meanAndDeviation(runs, "accuracy", 2),
      Number.isNaN(lost) ? "–" : lost.toFixed(2),
      `≤ ${limit}`,
      verdict(lost, limit),
      `${epochs}`,
      `${runs.length}`,
    ];
  });
  return [
    `From the network in float (${Number.isNaN(float) ? "–" : float.toFixed(2)} % of 5,000 test photos), all layers in codes of scheme \`ceil\` with one α a channel,`,
    "normalized by statistics of the batch while it is trained; the float network is the teacher. 49,000 photos train, once in every epoch.",
    "Activations are A_b behind every Relu; the photos, the sums that residual additions take, the average and the scores have 8 bits: A_b",
    "has codes for 0 to 15 alone.",
    "",
    table(["", "test accuracy %", "points lost", "asked", "", "epochs", "seeds"], rows),
  ].join("\n");
}
