/** Sensitivity: what the model's outputs lose when one layer alone is quantized. */
import type { LayerSensitivity } from "../../../protocol/noise";
import { batchSize, runBatch, type ProbedShapes, type RunControl, type Samples } from "../../activations/run";
import { GraphEdit } from "../../graph/edit";
import type { Layer } from "../../graph/layer";
import type { Runtime, RuntimeSession } from "../../runtime";
import { addRounded, addTwin, comparableLayers, parametersOf, readsAny, type QuantizedNetwork } from "./network";
import { classOutput, OutputObserver, type ClassOutput } from "./outputs";

/** Nodes of one graph; more branches go into further graphs, each of which runs the float network again. */
const NODES_PER_GRAPH = 3_000;

/** A graph whose branches each have one layer quantized. */
interface Branches {
  readonly session: RuntimeSession;
  readonly observers: ReadonlyMap<string, OutputObserver>;
}

/**
 * From the quantized output of each layer the rest of the network is repeated as a branch of the same graph, so that one
 * run costs half a network per layer on average. Batches are done for all layers before the next one is read.
 *
 * @param labels class of each sample; null without
 * @returns by layer name; figures of the samples that were done where the work was cancelled, and no entries where none were, or
 *   where the model has no float output
 * @throws BitwrightError runtime-failed, and what reading throws
 */
export async function measureSensitivity(
  network: QuantizedNetwork,
  shapes: ProbedShapes,
  runtime: Runtime,
  samples: Samples,
  labels: Int32Array | null,
  control: RunControl = {},
): Promise<Map<string, LayerSensitivity>> {
  if (network.plan.floatOutputs.length === 0) return new Map();
  const classes = classOutput(network, shapes);
  const graphs: Branches[] = [];
  try {
    for (const layers of layersByGraph(network)) {
      graphs.push(await openBranches(network, layers, classes, shapes, runtime));
    }
    const batch = batchSize(shapes, samples);
    for (let start = 0; start < samples.count && control.cancelled?.() !== true; start += batch) {
      const count = Math.min(batch, samples.count - start);
      const tensors = await samples.read(start, count);
      for (const { session, observers } of graphs) {
        const outputs = await runBatch(session, tensors);
        for (const observer of observers.values()) {
          observer.collect(outputs, count, (sample) => labels?.[start + sample] ?? null);
        }
      }
      await control.progress?.(start + count, samples.count);
    }
  } finally {
    for (const { session } of graphs) await session.release();
  }
  const entries = graphs.flatMap(({ observers }) => [...observers]);
  return new Map(
    entries.filter(([, { loss }]) => loss.samples > 0).map(([name, observer]) => [name, figures(observer, labels)]),
  );
}

function figures({ loss }: OutputObserver, labels: Int32Array | null): LayerSensitivity {
  const { sqnrDb, exact } = loss.power.sqnr();
  const drop = labels === null || loss.klDivergence === null ? null : loss.floatCorrect - loss.variantCorrect;
  return {
    klDivergence: loss.klDivergence,
    outputDb: sqnrDb,
    exact,
    accuracyDrop: drop === null ? null : drop / loss.samples,
    samples: loss.samples,
  };
}

/** Layers that something is quantized of, in as few graphs as their branches fit in. */
function layersByGraph(network: QuantizedNetwork): { readonly layer: Layer; readonly point: string }[][] {
  const graphs: { layer: Layer; point: string }[][] = [];
  let nodes = Infinity;
  for (const entry of comparableLayers(network)) {
    if (!network.weights.has(entry.layer.name) && parametersOf(network, entry.point) === undefined) continue;
    const size = network.model.graph.node.length - entry.layer.nodeIndex;
    if (nodes + size > NODES_PER_GRAPH) {
      graphs.push([]);
      nodes = network.model.graph.node.length;
    }
    graphs.at(-1)?.push(entry);
    nodes += size;
  }
  return graphs;
}

async function openBranches(
  network: QuantizedNetwork,
  layers: readonly { readonly layer: Layer; readonly point: string }[],
  classes: ClassOutput | null,
  shapes: ProbedShapes,
  runtime: Runtime,
): Promise<Branches> {
  const edit = new GraphEdit(network.model);
  const observers = new Map(
    layers.map(({ layer, point }) => {
      const renamed = addBranch(edit, network, layer, point);
      const variantOf = (output: string) => renamed.get(output) ?? output;
      return [layer.name, new OutputObserver(edit, network, classes, shapes, variantOf)];
    }),
  );
  return { session: await runtime.createSession(edit.encode(), { keepsRounding: true }), observers };
}

/** Adds the layer's twin, its output rounded, and all nodes that depend on it; returns what stands for each value. */
function addBranch(edit: GraphEdit, network: QuantizedNetwork, layer: Layer, point: string): Map<string, string> {
  const { model, plan } = network;
  const renamed = network.weights.has(layer.name) ? addTwin(edit, network, layer) : new Map<string, string>();
  renamed.set(point, addRounded(edit, network, renamed.get(point) ?? point, point));
  const chain = new Set(plan.chain.get(layer.name));
  model.graph.node.forEach((node, nodeIndex) => {
    if (!chain.has(nodeIndex) && readsAny(node, renamed)) edit.addCopy(node, renamed);
  });
  return renamed;
}
