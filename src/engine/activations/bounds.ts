/** What Relu and Clip bound their outputs to. */
import { floatAttribute } from "../graph/attributes";
import { Constants } from "../graph/constants";
import { GraphIndex } from "../graph/graph";
import { isOperator, type OnnxModel } from "../onnx/model";

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** The bounds of every value that a Relu or a Clip with constant bounds makes; ±Infinity where an end is open. */
export function operatorBounds(model: OnnxModel): ReadonlyMap<string, Bounds> {
  const index = new GraphIndex(model.graph);
  const constants = new Constants(model, index);
  const bounds = new Map<string, Bounds>();
  for (const node of index.nodes) {
    if (isOperator(node, "Relu")) bounds.set(node.output[0], { low: 0, high: Infinity });
    if (!isOperator(node, "Clip")) continue;
    const end = (position: number, name: string, open: number) => {
      const input = node.input[position] ?? "";
      return input === "" ? floatAttribute(node, name, open) : constants.float(input)?.values.at(0);
    };
    const low = end(1, "min", -Infinity);
    const high = end(2, "max", Infinity);
    if (low !== undefined && high !== undefined) bounds.set(node.output[0], { low, high });
  }
  return bounds;
}
