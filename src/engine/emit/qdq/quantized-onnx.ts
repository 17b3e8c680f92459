/** The quantized model as ONNX: the float model's graph with integers between QuantizeLinear and DequantizeLinear (QDQ). */
import { TensorProto_DataLocation as DataLocation, GraphProtoSchema, NodeProtoSchema, type GraphProto } from "onnx-buf";
import { BitwrightError, shownName } from "../../../protocol/errors";
import type { ActivationParameters } from "../../activations/parameters";
import type { Artifact } from "../../artifact";
import { Constants } from "../../graph/constants";
import { GraphIndex } from "../../graph/graph";
import type { Layer } from "../../graph/layer";
import { storedOrder } from "../../graph/layout";
import { UniqueNames } from "../../graph/names";
import { replaceNodes } from "../../graph/rewrite";
import { Allowance } from "../../onnx/allowance";
import { encodeModel } from "../../onnx/encode";
import { inlineExternal } from "../../onnx/inline-external";
import { copyOf, type OnnxModel } from "../../onnx/model";
import { declarationsOf, graphsWithin, namesWithin } from "../../onnx/upgrade/scope";
import { upgradeOpset, type UpgradeTarget } from "../../onnx/upgrade/upgrade";
import type { QuantizedWeights } from "../../schemes/scheme";
import { fileBaseName } from "../file-names";
import { ActivationPairs, activationType, parametersOf, type QuantizedActivations } from "./activations";
import { hasScalePerChannel, weightsWideEnough } from "../../activations/integer-bias";
import { Insertions } from "./insertions";
import { layerInput, LayerEdits } from "./layer-edit";
import { withOrigin } from "./metadata";
import { weightForm, type WeightForm } from "./weight-form";
import { insertWeights } from "./weights";

export interface QuantizedOnnxEmission {
  readonly generatorVersion: string;
  /** The recipe in the spelling of `canonicalJson`. */
  readonly recipe: string;
  /** Base name of the file. */
  readonly baseName: string;
  /** Batch normalizations folded; the one that `layers` and `plan` were made of. */
  readonly model: OnnxModel;
  /** Layers that get codes, in the order of the graph; all others stay as they are. */
  readonly layers: readonly { readonly layer: Layer; readonly quantized: QuantizedWeights }[];
  /** Null writes integer weights and float activations. */
  readonly activations: QuantizedActivations | null;
  /** Codes of 4 and 2 bits are stored in ONNX types of that width (opset 21 and 25), not in bytes. */
  readonly packedWeights: boolean;
}

export interface QuantizedOnnx {
  readonly artifact: Artifact;
  /** Version of the default operator set. */
  readonly opset: number;
  /**
   * Layers whose weight scales had to grow for their biases to fit in int32, with the codes that were written: report and C
   * must use the same ones.
   */
  readonly widened: ReadonlyMap<string, QuantizedWeights>;
  /** Sentences for the report: what ONNX could not express, and what was changed. */
  readonly notes: readonly string[];
}

/** Codes of more bits on both sides have sums beyond int32, and ONNX dequantizes nothing wider. */
const MAX_BITS_BESIDE_WIDE_CODES = 8;

/** Protobuf messages cannot be larger. */
const MAX_MODEL_BYTES = 2 ** 31 - 1;

/**
 * Writes the model with integer weights, biases and activations in the smallest operator set that has what is needed: 13,
 * or 21 for codes of 16 and 4 bits and for blocks, or 25 for 2 bits, and not older than the model's own.
 *
 * Inputs and outputs of the model keep their names and types. Weights are integers of the model's shape behind
 * DequantizeLinear, with one scale per tensor, channel or block; codes that no ONNX type holds are written as the float weights
 * that they stand for. Biases are int32 at input scale times weight scale where the layer's input has codes, else float.
 *
 * @throws BitwrightError model-opset where the model cannot be raised to the operator set; external-data-*; model-too-large
 */
export function emitQuantizedOnnx(emission: QuantizedOnnxEmission): QuantizedOnnx {
  try {
    return new Emitter(emission).emit();
  } catch (thrown) {
    throw BitwrightError.from(thrown).within({ model: emission.model.source.name });
  }
}

/** A layer with what will be written of it. */
interface PlannedLayer {
  readonly layer: Layer;
  readonly quantized: QuantizedWeights;
  readonly form: WeightForm | null;
  /** Scale of the activations that the weights are multiplied with; null where the bias stays float. */
  readonly inputScale: number | null;
}

const ANEW =
  ", which ONNX Runtime (1.30) quantizes anew to 8 bits unless its session option session.disable_quant_qdq is 1";

class Emitter {
  private readonly widened = new Map<string, QuantizedWeights>();
  private readonly notes: string[] = [];

  constructor(private readonly emission: QuantizedOnnxEmission) {}

  emit(): QuantizedOnnx {
    const { emission, notes, widened } = this;
    const layers = emission.layers.map(({ layer, quantized }) => this.planned(layer, quantized));
    const quantized = this.withIntegers(upgradeOpset(emission.model, this.opsetFor(layers)), layers);
    const proto = withOrigin(quantized.proto, emission.generatorVersion, {
      model: emission.model.source.name,
      "model.sha256": emission.model.source.sha256,
      recipe: emission.recipe,
      ...(notes.length > 0 && { notes: notes.join("\n") }),
    });
    const bytes = encodeModel({ ...quantized, proto });
    const path = `${fileBaseName(emission.baseName)}_quantized.onnx`;
    return { artifact: { path, bytes }, opset: quantized.opset, widened, notes };
  }

  /** The form of a layer's codes, widened where the bias needs it. */
  private planned(layer: Layer, quantized: QuantizedWeights): PlannedLayer {
    const form = this.formOf(layer, quantized);
    if (form === null) {
      // The runtime's WeightBiasQuantization takes float weights between quantized values for weights to be quantized.
      const anew = this.inputParameters(layer) === null ? "" : ANEW;
      this.note(
        layer,
        `no ONNX integer type holds its codes; the weights that they stand for are written in float${anew}`,
      );
      return { layer, quantized, form, inputScale: null };
    }
    const inputScale = this.biasInputScale(layer, quantized);
    const wide = inputScale === null ? quantized : weightsWideEnough(layer, quantized, inputScale);
    if (wide === null) {
      this.note(layer, "its bias stays float because 32 bits do not hold it");
      return { layer, quantized, form, inputScale: null };
    }
    if (wide === quantized) return { layer, quantized, form, inputScale };
    this.widened.set(layer.name, wide);
    this.note(layer, "weight scales are raised so that the bias fits in 32 bits");
    return { layer, quantized: wide, form: this.formOf(layer, wide), inputScale };
  }

  private formOf(layer: Layer, quantized: QuantizedWeights): WeightForm | null {
    return weightForm(quantized, layer, this.inputParameters(layer) !== null, this.emission.packedWeights);
  }

  /** Parameters of the activation that the layer's weights are multiplied with; null where it stays float. */
  private inputParameters(layer: Layer): ActivationParameters | null {
    const { activations, model } = this.emission;
    const input = layerInput(layer, model.graph.node[layer.nodeIndex]);
    return activations === null || input === null ? null : parametersOf(input, activations);
  }

  private biasInputScale(layer: Layer, quantized: QuantizedWeights): number | null {
    const parameters = this.inputParameters(layer);
    if (parameters === null || layer.bias === null) return null;
    if (!hasScalePerChannel(quantized)) {
      this.note(layer, "its bias stays float because weight scales are per block");
      return null;
    }
    if (Math.min(parameters.bits, quantized.bits) > MAX_BITS_BESIDE_WIDE_CODES) {
      this.note(layer, "its bias stays float because sums of 16-bit products exceed 32 bits");
      return null;
    }
    return parameters.scale;
  }

  private opsetFor(layers: readonly PlannedLayer[]): UpgradeTarget {
    const { activations } = this.emission;
    const used = activations?.parameters.filter((parameters) => parameters !== null) ?? [];
    const needs = [
      ...layers.map(({ form }) => form?.opset),
      ...used.map((parameters) => activationType(parameters).opset),
    ];
    return needs.includes(25) ? 25 : needs.includes(21) ? 21 : 13;
  }

  private withIntegers(model: OnnxModel, layers: readonly PlannedLayer[]): OnnxModel {
    const insertions = new Insertions(new UniqueNames(namesWithin(model.graph)));
    const index = new GraphIndex(model.graph);
    const { ranks } = declarationsOf(model.graph);
    const edits = new LayerEdits(index, new Constants(model, index), ranks, insertions);
    const written = new Map<QuantizedWeights, Map<string, string>>();
    const allowance = new Allowance(model.source, "its layers read the same weights in many shapes");
    for (const { layer, quantized, form, inputScale } of layers) {
      const output = this.emission.model.graph.node[layer.nodeIndex].output.find((name) => name !== "") ?? "";
      const site = edits.site(layer, index.producerIndex(output)!);
      const { elementType } = site;
      // Layers share codes in channel-major order; what is written has the layer's own shape and order.
      const shape = JSON.stringify([elementType, layer.weight.dims, storedOrder(layer.layout)]);
      const values = written.get(quantized) ?? new Map<string, string>();
      written.set(quantized, values);
      let value = values.get(shape);
      if (value === undefined) {
        allowance.charge(quantized.codes.byteLength);
        value = insertWeights(layer, quantized, form, elementType, insertions);
        values.set(shape, value);
      }
      edits.connectWeights(site, value);
      if (inputScale !== null) edits.connectBias(site, quantized, inputScale);
      else if (layer.bias !== null && this.inputParameters(layer) !== null) edits.keepBias(site);
    }
    const { graph, ...rest } = replaceNodes(model, edits.replacements, []);
    const withPairs = this.withPairs(graph, insertions);
    withPairs.initializer = inlineExternal([...withPairs.initializer, ...insertions.initializers], model.source);
    checkStorable(withPairs);
    rest.proto.graph = withPairs;
    return { ...rest, graph: withPairs };
  }

  /** The graph with every value of the plan rounded where it is made, and the inserted nodes in place. */
  private withPairs(graph: GraphProto, insertions: Insertions): GraphProto {
    const outputs = graph.output.map(({ name }) => name);
    const copy = copyOf(GraphProtoSchema, graph);
    copy.node = insertions.placedAmong(this.roundedNodes(graph, insertions), outputs);
    return copy;
  }

  private roundedNodes(graph: GraphProto, insertions: Insertions): GraphProto["node"] {
    const { activations } = this.emission;
    if (activations === null) return graph.node;
    const pairs = new ActivationPairs(insertions);
    const isOutput = new Set(graph.output.map(({ name }) => name));
    const isRead = new Set(graph.node.flatMap(({ input }) => input));
    const readAs = new Map<string, string>();
    const madeAs = new Map<string, string>();
    const producers = new Map(
      graph.node.flatMap(({ opType, output }) => output.map((name) => [name, opType] as const)),
    );
    for (const value of [...graph.input.map(({ name }) => name), ...producers.keys()]) {
      const parameters = parametersOf(value, activations);
      if (parameters === null) continue;
      const producer = producers.get(value);
      if (isOutput.has(value) && producer !== undefined) {
        const exact = insertions.name(`${value}_float`);
        madeAs.set(value, exact);
        pairs.insert(exact, value, parameters, producer, value);
      } else if (isRead.has(value)) {
        readAs.set(value, pairs.insert(value, value, parameters, producer ?? ""));
      }
    }
    return graph.node.map((node) => {
      const renamed = copyOf(NodeProtoSchema, node);
      renamed.input = node.input.map((name) => readAs.get(name) ?? name);
      renamed.output = node.output.map((name) => madeAs.get(name) ?? name);
      return renamed;
    });
  }

  private note(layer: Layer, text: string): void {
    this.notes.push(`Quantized ONNX, ${shownName(layer.name)}: ${text}.`);
  }
}

/** @throws BitwrightError where the model cannot be one file */
function checkStorable(graph: GraphProto): void {
  const tensors = graphsWithin(graph).flatMap(({ initializer }) => initializer);
  const outside = tensors.find(({ dataLocation }) => dataLocation === DataLocation.EXTERNAL);
  if (outside !== undefined) {
    throw new BitwrightError(
      "model-invalid",
      "a tensor of a graph inside a node has its data in another file",
      "Save the model without external data",
      { field: outside.name },
    );
  }
  if (tensors.reduce((sum, { rawData }) => sum + rawData.length, 0) > MAX_MODEL_BYTES) {
    throw new BitwrightError(
      "model-too-large",
      "the quantized model would be larger than 2 GiB, which no ONNX file can be",
      "Quantize more layers, or leave out the quantized ONNX model",
    );
  }
}
