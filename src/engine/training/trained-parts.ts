/** Which weights and biases a run trains. */
import { matchesGlob } from "../glob";
import { GraphIndex, namesInSubgraphs } from "../graph/graph";
import type { Layer } from "../graph/layer";
import type { OnnxModel } from "../onnx/model";
import type { PreparedModel } from "../prepare";
import { BitwrightError, shownName } from "../../protocol/errors";
import type { TrainingSettings } from "./settings";

export interface TrainedParts {
  readonly trainsWeights: (layer: Layer) => boolean;
  readonly trainsBias: (layer: Layer) => boolean;
}

/**
 * Of what the settings name, that which the loss depends on: layers that lead to the model's first output.
 * @throws BitwrightError layer-unknown where a pattern names no layer; not-available where it names none that the loss depends on
 */
export function trainedParts({ trained }: TrainingSettings, { model, layers }: PreparedModel): TrainedParts {
  const nodes = nodesBehindLoss(model);
  const isBehind = ({ nodeIndex }: Layer): boolean => nodes.has(nodeIndex);
  if (trained === "biases") return { trainsWeights: () => false, trainsBias: isBehind };
  if (trained === "all") return { trainsWeights: isBehind, trainsBias: isBehind };
  const matches = (pattern: string, { name }: Layer): boolean => pattern === name || matchesGlob(pattern, name);
  for (const pattern of trained) {
    const named = layers.filter((layer) => matches(pattern, layer));
    if (named.some(isBehind)) continue;
    const place = { field: "trained" };
    throw named.length === 0
      ? new BitwrightError(
          "layer-unknown",
          `"${shownName(pattern)}" matches no layer of the model`,
          "See inspect",
          place,
        )
      : new BitwrightError(
          "not-available",
          `no layer that "${shownName(pattern)}" matches leads to the model's first output, which the loss looks at`,
          "Name layers that do",
          place,
        );
  }
  const isTrained = (layer: Layer): boolean => isBehind(layer) && trained.some((pattern) => matches(pattern, layer));
  return { trainsWeights: isTrained, trainsBias: isTrained };
}

/** Indices of the nodes that the first output depends on. */
export function nodesBehindLoss({ graph }: OnnxModel): ReadonlySet<number> {
  const index = new GraphIndex(graph);
  const found = new Set<number>();
  const pending = [graph.output.at(0)?.name ?? ""];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const producer = index.producerIndex(name);
    if (producer === undefined || found.has(producer)) continue;
    found.add(producer);
    const node = graph.node[producer];
    pending.push(...node.input, ...namesInSubgraphs(node));
  }
  return found;
}
