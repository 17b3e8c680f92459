/** ResNet-8 on CIFAR-10 from a network that was trained in float, with Q_b and A_b: Ivan. */
import { existsSync, readFileSync } from "node:fs";
import { sharedPath } from "../../shared";
import { encodeModel } from "../../../src/engine/onnx/encode";
import { prepare } from "../../../src/engine/prepare";
import { ModelRewriter } from "../../../src/engine/transforms/layer-edits";
import { modelScore } from "../../../src/engine/training/deployed";
import type { TrainingData } from "../../../src/engine/training/train";
import type { CellStore, Figures } from "./cells";
import { testPhotos, trainingPhotos, type Pixels } from "./cifar10";
import { trainingData, type LabelledSamples } from "./data";
import { fineTune, judged, sourceOf, testAccuracy } from "./fine-tuning";
import type { Part, Workshop } from "./part";
import { meanAndDeviation, meanOf, table, verdict } from "./tables";

const MODEL = "models/cifar10/cifar10-resnet8-jft.onnx";

const SETTINGS = {
  batch: 32,
  optimizer: "adam",
  loss: "distillation",
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

const ROWS: readonly Row[] = [
  { name: "weights 4, activations 4", weights: 4, activations: 4, epochs: 4, learningRate: 0.0003, limit: 0.5 },
  { name: "weights 2", weights: 2, activations: null, epochs: 4, learningRate: 0.001, limit: 2.5 },
  { name: "weights 1", weights: 1, activations: null, epochs: 4, learningRate: 0.001, limit: 2.5 },
];

const FLOAT = "float";

export const resnet: Part = {
  id: "resnet",
  title: "[I] ResNet-8 on CIFAR-10",
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
  const { model } = prepare(sourceOf(network()));
  const { accuracy } = await modelScore(model, "cross-entropy", await judged(photos(testPhotos(SCALED))), runtime);
  return { accuracy: 100 * (accuracy ?? NaN) };
}

async function measure(
  { weights, activations, epochs, learningRate }: Row,
  seed: number,
  { runtime, folder }: Workshop,
): Promise<Figures> {
  const trained = await fineTune(
    {
      bytes: network(),
      weights: { scheme: "ceil", bits: weights, granularity: "channel" },
      activations: activations === null ? null : { scheme: "ceil", bits: activations, range: "mse" },
      biasCorrection: "empirical",
      settings: { ...SETTINGS, epochs, learningRate, seed },
      training: photos(trainingPhotos(`${folder}/cifar10-training.bin`, SCALED)),
    },
    runtime,
  );
  return { accuracy: await testAccuracy(trained, photos(testPhotos(SCALED)), runtime) };
}

/** Takes 0 to 1 in place of bytes: weights of the first layer that are as large as the others take as large steps. */
function network(): Uint8Array {
  const { model, layers } = prepare(sourceOf(new Uint8Array(readFileSync(sharedPath(MODEL)))));
  const [layer] = layers;
  const rewriter = new ModelRewriter(model);
  rewriter.change({ layer, weights: layer.weight.values.map((value) => value * LARGEST) });
  return encodeModel(rewriter.finish());
}

function photos(samples: LabelledSamples): TrainingData {
  return trainingData(samples, "input", "cifar10");
}

const LARGEST = 255;

const SCALED: Pixels = (value) => value / LARGEST;

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
    `From the network in float (${Number.isNaN(float) ? "–" : float.toFixed(2)} % of 5,000 test photos, which go in as 0 to 1), all layers in codes of scheme`,
    "`ceil` with one trained α a channel, which is where the network has its batch normalizations; the float network is the teacher.",
    "49,000 photos train, once in every epoch, and training begins with corrected biases. Activations are A_b behind every Relu; the",
    "photos, the sums that residual additions take, the average and the scores have 8 bits: A_b has codes for 0 to 15 alone, and with it",
    "for all of them training ends at chance.",
    "",
    table(["", "test accuracy %", "points lost", "asked", "", "epochs", "seeds"], rows),
  ].join("\n");
}
