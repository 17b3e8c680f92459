/** Calibration and evaluation samples of the networks that equalization is measured on. */
import { modelInput, type Dataset } from "../../src/engine/data/dataset";
import { modelFacts } from "../../src/engine/model-facts";
import type { OnnxModel } from "../../src/engine/onnx/model";
import type { RuntimeTensor } from "../../src/engine/runtime";
import { openDataset } from "../../src/runtime/dataset";
import type { BenchNetwork } from "./equalization-networks";

export interface BenchData {
  readonly calibration: Dataset;
  readonly evaluation: Dataset;
}

const CALIBRATION_SAMPLES = 64;

/** Every fourth sample calibrates where there are no calibration data of their own; photos are evaluated mirrored, too. */
export async function openBenchData(network: BenchNetwork, model: OnnxModel, folder: string): Promise<BenchData> {
  const inputs = modelFacts(model, 0).inputs.map(modelInput);
  const all = await openDataset(folder, network.evaluation, inputs, null);
  if (network.calibration !== null) {
    return { calibration: await openDataset(folder, network.calibration, inputs, null), evaluation: all };
  }
  const indices = Array.from({ length: all.count }, (_, index) => index);
  const others = indices.filter((index) => index % 4 !== 0);
  const evaluation = subset(all, others);
  return {
    calibration: subset(all, indices.filter((index) => index % 4 === 0).slice(0, CALIBRATION_SAMPLES)),
    evaluation: network.mirrored ? withMirrored(evaluation) : evaluation,
  };
}

/** Some samples of a data set with one float input. */
function subset(all: Dataset, indices: readonly number[]): Dataset {
  return {
    ...all,
    count: indices.length,
    labels: all.labels && Int32Array.from(indices, (index) => all.labels?.[index] ?? 0),
    read: async (start, count) => {
      const parts: Record<string, RuntimeTensor>[] = [];
      for (const index of indices.slice(start, start + count)) parts.push(await all.read(index, 1));
      const [name] = Object.keys(parts[0]);
      const size = parts[0][name].data.length;
      const data = new Float32Array(size * count);
      parts.forEach((part, position) => data.set(Float32Array.from(part[name].data, Number), position * size));
      return { [name]: { type: "float32", dims: [count, ...parts[0][name].dims.slice(1)], data } };
    },
  };
}

/** All images of a data set, and then all of them mirrored. */
function withMirrored(all: Dataset): Dataset {
  return {
    ...all,
    count: 2 * all.count,
    labels: all.labels && Int32Array.from([...all.labels, ...all.labels]),
    read: async (start, count) => {
      const plain = Math.max(0, Math.min(count, all.count - start));
      const parts = [
        ...(plain > 0 ? [await all.read(start, plain)] : []),
        ...(plain < count ? [mirrored(await all.read(start + plain - all.count, count - plain))] : []),
      ];
      const [name] = Object.keys(parts[0]);
      const data = Float32Array.from(parts.flatMap((part) => Array.from(part[name].data, Number)));
      return { [name]: { type: "float32", dims: [count, ...parts[0][name].dims.slice(1)], data } };
    },
  };
}

function mirrored(feeds: Readonly<Record<string, RuntimeTensor>>): Record<string, RuntimeTensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { dims, data }]) => {
      const width = dims.at(-1) ?? 1;
      const rows = Float32Array.from(data, Number);
      for (let start = 0; start < rows.length; start += width) rows.subarray(start, start + width).reverse();
      return [name, { type: "float32", dims, data: rows }];
    }),
  );
}
