/** What a trained model reaches as it is deployed: quantized anew by its recipe, in ONNX Runtime. */
import { activationParameters, groupSettings } from "../activations/parameters";
import { planActivations, planOptions } from "../activations/plan";
import { emitQuantizedOnnx } from "../emit/qdq/quantized-onnx";
import { toChannelMajor } from "../graph/layout";
import { decodeModel } from "../onnx/decode";
import type { OnnxModel } from "../onnx/model";
import { prepare } from "../prepare";
import { choiceFor } from "../recipe";
import type { Runtime, SessionOptions } from "../runtime";
import { fitScheme } from "../schemes/registry";
import { planWithChannelBounds } from "../transforms/plan-with-channel-bounds";
import { differentiate } from "./differentiate";
import { scoreOn, type Judged, type Score } from "./evaluate";
import type { LossName } from "./losses";
import type { TrainedModel } from "./trained-model";

/** Loss and accuracy of any model on samples. */
export async function modelScore(
  model: OnnxModel,
  loss: LossName,
  judged: Judged,
  runtime: Runtime,
  options: SessionOptions = {},
): Promise<Score> {
  const graph = differentiate(model, { trainable: [], loss });
  const session = await runtime.createSession(graph.evaluation, options);
  try {
    return await scoreOn(judged, async (samples, target) => {
      const outputs = await session.run({ ...samples, [graph.target]: target });
      const correct = graph.correct === undefined ? null : Number(outputs[graph.correct].data[0]);
      return { loss: Number(outputs[graph.loss].data[0]), correct };
    });
  } finally {
    await session.release();
  }
}

/**
 * Quantizes the model by the recipe that goes with it, ranges of activations as training left them, and scores the quantized ONNX
 * model as it says, without integer kernels: these would quantize float weights between codes anew, to 8 bits. It differs from
 * what the loop evaluated by the order in which floats are added.
 */
export async function deployedScore(
  { bytes, recipe }: TrainedModel,
  loss: LossName,
  judged: Judged,
  runtime: Runtime,
): Promise<Score> {
  const { artifact } = emitQuantizedOnnx({
    generatorVersion: "",
    recipe: "",
    baseName: "deployed",
    ...quantized({ bytes, recipe }),
    packedWeights: false,
  });
  return modelScore(decodeModel(sourceOf(artifact.bytes)), loss, judged, runtime, { keepsRounding: true });
}

function quantized({ bytes, recipe }: TrainedModel) {
  const { model, layers } = prepare(sourceOf(bytes));
  const { activations } = recipe;
  const choices = layers.map((layer) => ({ layer, choice: choiceFor(recipe, layer) }));
  const floatLayers = new Set(choices.filter(({ choice }) => choice.keep === "float").map(({ layer }) => layer.name));
  const options = planOptions(activations, floatLayers);
  const plan = planWithChannelBounds(model, planActivations(model, layers, options));
  const parameters =
    activations === undefined
      ? []
      : plan.groups.map((group) =>
          activationParameters(groupSettings(activations, group), ...(activations.ranges?.[group.values[0]] ?? [0, 0])),
        );
  const coded = choices.flatMap(({ layer, choice }) =>
    choice.keep === "float"
      ? []
      : [{ layer, quantized: fitScheme(toChannelMajor(layer.weight.values, layer.layout), choice.settings) }],
  );
  return { model, layers: coded, activations: activations === undefined ? null : { plan, parameters } };
}

function sourceOf(bytes: Uint8Array) {
  return { name: "trained", bytes, sha256: "", readExternal: () => new Uint8Array(0) };
}
