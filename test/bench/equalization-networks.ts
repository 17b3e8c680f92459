/** The networks and data that equalization is measured on. */
import type { CalibrationSettings } from "../../src/engine/data/settings";

export interface BenchNetwork {
  readonly id: string;
  readonly title: string;
  /** Below the models folder. */
  readonly model: string;
  /** Calibration data of their own; null takes every fourth evaluation sample and evaluates on the others. */
  readonly calibration: CalibrationSettings | null;
  readonly evaluation: CalibrationSettings;
  /** Points of accuracy that may be lost; null without labels. */
  readonly budget: number | null;
  /** Whether the first output holds class scores. */
  readonly classifies: boolean;
  readonly hasClips: boolean;
  /** Images are evaluated mirrored, too. */
  readonly mirrored: boolean;
  /** Dead channels kept, too. */
  readonly thorough: boolean;
}

const IMAGENET = { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const CIFAR = { data: "cifar10/test5000-x-u8-nhwc.npy", labels: "cifar10/test5000-y-u8.npy", samples: 5000 };
const CIFAR_CALIBRATION = { data: "cifar10/calib-x-u8-nhwc.npy", samples: 64 };
const KWS = { data: "kws01/x500-i8.npy", labels: "kws01/y500-u8.npy", samples: 500, mean: 83, std: 1 / 0.58470291 };
const KWS_CALIBRATION = { data: "kws01/calib128-f32.npz", samples: 64 };
const PHOTOS = { data: "imagenet", labels: "imagenet/labels.csv", samples: 256 };
const SIDE = 128;

export const NETWORKS: readonly BenchNetwork[] = [
  {
    id: "kws-skewed",
    title: "Keyword DS-CNN, channels skewed",
    model: "awkward/kws-dscnn-skewed.onnx",
    calibration: KWS_CALIBRATION,
    evaluation: KWS,
    budget: 0.3,
    classifies: true,
    hasClips: false,
    mirrored: false,
    thorough: true,
  },
  {
    id: "kws",
    title: "MLPerf Tiny keyword DS-CNN",
    model: "mlperf-tiny/mlperf-kws-dscnn-bn.onnx",
    calibration: KWS_CALIBRATION,
    evaluation: KWS,
    budget: 0.3,
    classifies: true,
    hasClips: false,
    mirrored: false,
    thorough: true,
  },
  {
    id: "resnet8",
    title: "MLPerf Tiny ResNet-8",
    model: "mlperf-tiny/mlperf-resnet8-bn.onnx",
    calibration: CIFAR_CALIBRATION,
    evaluation: CIFAR,
    budget: 0.3,
    classifies: true,
    hasClips: false,
    mirrored: false,
    thorough: true,
  },
  {
    id: "resnet20",
    title: "ResNet-20 (CIFAR-10)",
    model: "cifar10/cifar10-resnet20-jft.onnx",
    calibration: { ...CIFAR_CALIBRATION, ...IMAGENET, layout: "NHWC" },
    evaluation: { ...CIFAR, ...IMAGENET, layout: "NHWC" },
    budget: 0.3,
    classifies: true,
    hasClips: false,
    mirrored: false,
    thorough: true,
  },
  {
    id: "strww",
    title: "MLPerf Tiny streaming wake word",
    model: "mlperf-tiny/mlperf-strww.onnx",
    calibration: { data: "strww/x-f32-nhwc.npy", layout: "NHWC", samples: 45 },
    evaluation: { data: "strww/x-f32-nhwc.npy", layout: "NHWC", labels: "strww/y-u8.npy", samples: 45 },
    budget: 0.3,
    classifies: true,
    hasClips: false,
    mirrored: false,
    thorough: true,
  },
  {
    id: "vww",
    title: "MLPerf Tiny visual wake words",
    model: "mlperf-tiny/mlperf-vww96-bn.onnx",
    calibration: null,
    evaluation: { data: "imagenet", samples: 256, resize: [96, 96], scale: 1 / 255 },
    budget: null,
    classifies: true,
    hasClips: false,
    mirrored: false,
    thorough: true,
  },
  {
    id: "ad01",
    title: "MLPerf Tiny anomaly detection",
    model: "mlperf-tiny/mlperf-ad01-bn.onnx",
    calibration: null,
    evaluation: { data: "ad01/clip-x-196x640-f32.npy", samples: 196 },
    budget: null,
    classifies: false,
    hasClips: false,
    mirrored: false,
    thorough: true,
  },
  {
    id: "mobilenetv1",
    title: "MobileNetV1-0.25-128",
    model: "imagenet/mobilenetv1-0.25-128.onnx",
    calibration: null,
    evaluation: { ...PHOTOS, resize: [SIDE, SIDE], scale: 1 / 127.5, mean: 1 },
    budget: 2.5,
    classifies: true,
    hasClips: true,
    mirrored: true,
    thorough: true,
  },
  {
    id: "mobilenetv2",
    title: "MobileNetV2-1.0",
    model: "imagenet/mobilenetv2-1.0.onnx",
    calibration: null,
    evaluation: { ...PHOTOS, ...IMAGENET },
    budget: 0.6,
    classifies: true,
    hasClips: true,
    mirrored: true,
    thorough: false,
  },
];
