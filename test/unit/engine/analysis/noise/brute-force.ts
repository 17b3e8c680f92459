/** One layer measured by force: run by itself on fetched values, and compared outside the graph. */
import { GraphProtoSchema, ModelProtoSchema } from "onnx-buf";
import { roundTripActivations } from "../../../../../src/engine/activations/parameters";
import { floatsOf, type Samples } from "../../../../../src/engine/activations/run";
import {
  comparableLayers,
  parametersOf,
  type QuantizedNetwork,
} from "../../../../../src/engine/analysis/noise/network";
import { floatAttribute } from "../../../../../src/engine/graph/attributes";
import { GraphEdit } from "../../../../../src/engine/graph/edit";
import { toOnnxOrder } from "../../../../../src/engine/graph/layout";
import type { Runtime } from "../../../../../src/engine/runtime";
import { decode } from "../../../../../src/engine/schemes/decode";
import { copyOf, type OnnxModel } from "../../../../../src/engine/onnx/model";
import { floatTensor } from "../../onnx/model-builder";

/** A value for each sample. */
export async function fetchValue(
  model: OnnxModel,
  name: string,
  samples: Samples,
  runtime: Runtime,
): Promise<Float32Array[]> {
  const edit = new GraphEdit(model);
  edit.addOutput(name);
  const session = await runtime.createSession(edit.encode());
  const step = samples.fixedBatch ?? 1;
  const values: Float32Array[] = [];
  for (let start = 0; start < samples.count; start += step) {
    const feeds = await samples.read(start, step);
    const used = Object.fromEntries(session.inputNames.map((input) => [input, feeds[input]]));
    values.push(floatsOf(await session.run(used), name));
  }
  await session.release();
  return values;
}

/** The model with one layer's weights replaced in place by what its codes stand for. */
export function withWeights(network: QuantizedNetwork, name: string): OnnxModel {
  const { model, layers, weights } = network;
  const layer = layers.find((candidate) => candidate.name === name)!;
  const factor = layer.op === "Gemm" ? floatAttribute(model.graph.node[layer.nodeIndex], "alpha", 1) : 1;
  const values = toOnnxOrder(decode(weights.get(name)!), layer.layout).map((x) => x / factor);
  const graph = copyOf(GraphProtoSchema, model.graph);
  graph.initializer = model.graph.initializer.map((tensor) =>
    tensor.name === layer.weightName ? floatTensor(tensor.name, layer.weight.dims, values) : tensor,
  );
  const proto = copyOf(ModelProtoSchema, model.proto);
  proto.graph = graph;
  return { ...model, graph, proto };
}

export interface Ratios {
  readonly weightsDb: number | null;
  readonly activationsDb: number | null;
  readonly bothDb: number | null;
}

/** The three isolated ratios of one layer, from whole values. */
export async function isolatedByForce(
  network: QuantizedNetwork,
  name: string,
  samples: Samples,
  runtime: Runtime,
): Promise<Ratios> {
  const { point } = comparableLayers(network).find(({ layer }) => layer.name === name)!;
  const float = await fetchValue(network.model, point, samples, runtime);
  const twin = await fetchValue(withWeights(network, name), point, samples, runtime);
  const parameters = parametersOf(network, point)!;
  const rounded = (values: Float32Array[]) => values.map((item) => roundTripActivations(item, parameters));
  return {
    weightsDb: ratio(float, twin),
    activationsDb: ratio(float, rounded(float)),
    bothDb: ratio(float, rounded(twin)),
  };
}

/** `10·log10(Σa² / Σ(a−b)²)`; null without noise. */
export function ratio(a: readonly Float32Array[], b: readonly Float32Array[]): number | null {
  let [signal, noise] = [0, 0];
  a.forEach((values, index) =>
    values.forEach((x, i) => {
      signal += x * x;
      noise += (x - b[index][i]) ** 2;
    }),
  );
  return noise === 0 ? null : 10 * Math.log10(signal / noise);
}
