/** ResNets on CIFAR-10 from networks that were trained in float, with Q_b and A_b: Ivan. */
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

/** A network that was trained in float, and what is trained from it. */
interface Network {
  readonly id: string;
  readonly name: string;
  /** In ../shared. */
  readonly model: string;
  /** What goes in for a byte of a photo. */
  readonly pixels: Pixels;
  /** What the weights of the first layer are multiplied by: those that are as large as the others take as large steps. */
  readonly firstLayer: number;
  readonly rows: readonly Row[];
}

interface Row {
  readonly name: string;
  readonly weights: number;
  readonly activations: number | null;
  readonly epochs: number;
  readonly learningRate: number;
  /** Points that may be lost. */
  readonly limit: number;
}

const SETTINGS = {
  batch: 64,
  optimizer: "adam",
  loss: "distillation",
  batchNormalization: "batch",
  validationShare: 0.02,
};

const row = (weights: number, activations: number | null, epochs: number, learningRate: number, limit: number): Row => {
  const name = `weights ${weights}${activations === null ? "" : `, activations ${activations}`}`;
  return { name, weights, activations, epochs, learningRate, limit };
};

const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];
const LARGEST = 255;

const NETWORKS: readonly Network[] = [
  {
    id: "resnet20",
    name: "ResNet-20",
    model: "models/cifar10/cifar10-resnet20-jft.onnx",
    pixels: (value, channel) => (value / LARGEST - MEAN[channel]) / DEVIATION[channel],
    firstLayer: 1,
    rows: [row(4, 4, 4, 0.0005, 0.5), row(2, null, 8, 0.001, 2.5), row(1, null, 16, 0.001, 2.5)],
  },
  {
    id: "resnet8",
    name: "ResNet-8",
    model: "models/cifar10/cifar10-resnet8-jft.onnx",
    pixels: (value) => value / LARGEST,
    firstLayer: LARGEST,
    rows: [row(4, 4, 4, 0.0005, 0.5), row(2, null, 4, 0.001, 2.5), row(1, null, 4, 0.001, 2.5)],
  },
];

const FLOAT = "float";

export const residualNetworks: readonly Part[] = NETWORKS.map((network) => ({
  id: network.id,
  title: `[I] ${network.name} on CIFAR-10`,
  missing: () => (existsSync(sharedPath(network.model)) ? null : "network and photos are in ../shared"),
  cells: (seed, workshop) => [
    { name: FLOAT, seed, settings: "", run: () => measureFloat(network, workshop) },
    ...network.rows.map((row) => ({
      name: row.name,
      seed,
      settings: JSON.stringify([SETTINGS, row]),
      run: () => measure(network, row, seed, workshop),
    })),
  ],
  section: (store) => section(network, store),
}));

async function measureFloat(network: Network, { runtime }: Workshop): Promise<Figures> {
  const { model } = prepare(sourceOf(bytesOf(network)));
  const test = await judged(photos(testPhotos(network.pixels)));
  const { accuracy } = await modelScore(model, "cross-entropy", test, runtime);
  return { accuracy: 100 * (accuracy ?? NaN) };
}

async function measure(
  network: Network,
  { name, weights, activations, epochs, learningRate }: Row,
  seed: number,
  { runtime, folder }: Workshop,
): Promise<Figures> {
  const trained = await fineTune(
    {
      bytes: bytesOf(network),
      weights: { scheme: "ceil", bits: weights, granularity: "channel" },
      activations: activations === null ? null : { scheme: "ceil", bits: activations, range: "mse" },
      settings: { ...SETTINGS, epochs, learningRate, seed },
      training: photos(trainingPhotos(`${folder}/cifar10-training.bin`, network.pixels)),
      evaluated: ({ epoch, loss, accuracy }) => {
        const share = (100 * (accuracy ?? NaN)).toFixed(1);
        console.log(
          `${network.name}, ${name}: epoch ${epoch} of ${epochs}, loss ${loss.toFixed(3)}, agreement ${share} %`,
        );
      },
    },
    runtime,
  );
  return { accuracy: await testAccuracy(trained, photos(testPhotos(network.pixels)), runtime) };
}

function bytesOf({ model: path, firstLayer }: Network): Uint8Array {
  const { model, layers } = prepare(sourceOf(new Uint8Array(readFileSync(sharedPath(path)))));
  const [layer] = layers;
  const rewriter = new ModelRewriter(model);
  rewriter.change({ layer, weights: layer.weight.values.map((value) => value * firstLayer) });
  return encodeModel(rewriter.finish());
}

function photos(samples: LabelledSamples): TrainingData {
  return trainingData(samples, "input", "cifar10");
}

function section({ rows }: Network, store: CellStore): string {
  const float = meanOf(store.of(FLOAT), "accuracy");
  const cells = rows.map(({ name, epochs, limit }) => {
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
    "has codes for 0 to 15 alone, and with it for all of them training ends at chance.",
    "",
    table(["", "test accuracy %", "points lost", "asked", "", "epochs", "seeds"], cells),
  ].join("\n");
}
