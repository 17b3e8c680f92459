/** What only a run can tell of a graph: the dimensions of its values, and integers that it computes from constants. */
import { probeShapes, runBatch, withSession, type Samples } from "../activations/run";
import { dataTypes } from "../activations/value-types";
import { Constants } from "../graph/constants";
import { GraphEdit } from "../graph/edit";
import { GraphIndex } from "../graph/graph";
import { DataType } from "../onnx/data-types";
import { isOperator, type OnnxModel } from "../onnx/model";
import type { Runtime } from "../runtime";

export interface GraphFacts {
  /** Dimensions of all float values when one batch of the smallest size runs. */
  readonly dims: ReadonlyMap<string, readonly number[]>;
  /** Pads, starts, axes and steps that nodes compute from constants alone. */
  readonly integers: ReadonlyMap<string, readonly number[]>;
}

/**
 * Runs the model on one batch.
 * @throws BitwrightError runtime-failed, and what reading throws
 */
export async function probeGraph(model: OnnxModel, runtime: Runtime, samples: Samples): Promise<GraphFacts> {
  const index = new GraphIndex(model.graph);
  const constants = new Constants(model, index);
  const floats = [...dataTypes(model, index, constants)]
    .filter(([, type]) => type === DataType.FLOAT)
    .map(([name]) => name);
  const { dims } = await probeShapes(model, floats, runtime, samples);
  return { dims, integers: await computedIntegers(model, index, constants, runtime, samples) };
}

/** Position 2 is left out: it holds the value of Pad, and the ends of Slice, which follow from the dimensions. */
async function computedIntegers(
  model: OnnxModel,
  index: GraphIndex,
  constants: Constants,
  runtime: Runtime,
  samples: Samples,
): Promise<Map<string, number[]>> {
  const wanted = index.nodes
    .filter((node) => isOperator(node, "Pad") || isOperator(node, "Slice"))
    .flatMap((node) => node.input.filter((_, position) => position !== 0 && position !== 2))
    .filter((name) => name !== "" && constants.isDerivedFromConstants(name))
    .filter((name) => index.producer(name)?.opType !== "Constant" && !index.initializers.has(name));
  const integers = new Map<string, number[]>();
  if (wanted.length === 0) return integers;
  const edit = new GraphEdit(model);
  const outputs = wanted.map((name) => edit.add("Cast", [name], { to: DataType.INT64 }));
  for (const output of outputs) edit.addOutput(output, DataType.INT64);
  await withSession(runtime, edit.encode(), async (session) => {
    const results = await runBatch(session, await samples.read(0, samples.fixedBatch ?? 1));
    wanted.forEach((name, position) => integers.set(name, Array.from(results[outputs[position]].data, Number)));
  });
  return integers;
}
